import EchoCore
import Sockets
public import SystemPackage

/// The sockets that systemd passed, for the listeners and the admin socket to use instead of binding their own.
/// ``assigned(in:)`` tells which are whose. See sd_listen_fds_with_names(3).
public struct ActivationSockets: Sendable {
  private struct Passed {
    let socket: BoundSocket
    let facts: ActivationSocket
  }

  private var sockets: [Passed] = []

  /// No sockets.
  public init() {}

  /// Takes ownership of a passed descriptor; several can have one name. An error says why it is of no use.
  public mutating func add(_ number: Int32, name: String) throws(Errno) {
    let socket: BoundSocket
    switch try PassedSocket(owning: number) {
    case .datagram(let datagram): socket = .udp(SharedSocket(datagram))
    case .listening(let listening): socket = .tcp(SharedSocket(listening))
    }
    let facts = ActivationSocket(name: name, transport: socket.transport, address: try socket.place())
    sockets.append(Passed(socket: socket, facts: facts))
  }

  /// Whether a socket was passed: it is the service manager's too, which goes on with it when echod does not.
  func contains(_ socket: BoundSocket) -> Bool {
    sockets.contains { $0.socket === socket }
  }

  /// Who serves which socket in a configuration: see ``SocketAssignment``.
  func assigned(in configuration: Configuration) -> Assignment {
    Assignment(
      sockets: sockets.map(\.socket), numbers: SocketAssignment(of: sockets.map(\.facts), in: configuration))
  }

  /// The passed sockets, each with who serves it in one configuration.
  struct Assignment {
    fileprivate let sockets: [BoundSocket]
    fileprivate let numbers: SocketAssignment

    /// The sockets that a listener serves, as many as it has queues at most: those of its name first.
    func sockets(of listener: ListenerConfiguration) -> [BoundSocket] {
      numbers.sockets(of: .listener(name: listener.name)).map { sockets[$0] }
    }

    /// The socket that the admin server serves.
    var admin: SharedSocket<ListeningSocket>? {
      guard case .tcp(let socket) = numbers.sockets(of: .admin).first.map({ sockets[$0] }) else { return nil }
      return socket
    }

    /// The sockets that nobody serves.
    var unserved: [(socket: BoundSocket, facts: UnservedSocket)] {
      numbers.unserved.map { (sockets[$0.number], $0) }
    }
  }
}

extension BoundSocket {
  /// Where it is bound; `nil` when no configuration can ask for that, as for a Unix socket without a path.
  func place() throws(Errno) -> BoundAddress? {
    if let endpoint = try localEndpoint() {
      return endpoint.port == 0 ? nil : .internet(transport, endpoint.address, port: endpoint.port)
    }
    guard case .tcp(let listening) = self else { return nil }
    return try listening.socket.localUnixPath().map(BoundAddress.unix)
  }
}
