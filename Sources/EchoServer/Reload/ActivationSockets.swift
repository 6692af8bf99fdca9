import EchoCore
import Sockets
public import SystemPackage

/// The sockets that systemd passed, which the listeners and the admin socket use instead of binding their own.
/// See sd_listen_fds_with_names(3).
public struct ActivationSockets: Sendable {
  private struct Passed {
    let socket: BoundSocket
    let facts: ActivationSocket
  }

  private var sockets: [Passed] = []

  /// No sockets.
  public init() {}

  /// Takes ownership of a passed descriptor. Several can have the same name. Throws if it is not a usable socket.
  public mutating func add(_ number: Int32, name: String) throws(Errno) {
    let socket = BoundSocket(passed: try PassedSocket(owning: number))
    let facts = ActivationSocket(name: name, transport: socket.transport, address: try socket.boundAddress())
    sockets.append(Passed(socket: socket, facts: facts))
  }

  /// Whether a socket was passed: systemd has it too, and keeps it when echod stops.
  func contains(_ socket: BoundSocket) -> Bool {
    sockets.contains { $0.socket === socket }
  }

  /// Assigns the sockets to the listeners of a configuration: see ``SocketAssignment``.
  func assigned(in configuration: Configuration) -> Assignment {
    let facts = sockets.map(\.facts)
    return Assignment(
      sockets: sockets.map(\.socket), facts: facts, numbers: SocketAssignment(of: facts, in: configuration))
  }

  /// Which listener uses which passed socket in one configuration.
  struct Assignment {
    fileprivate let sockets: [BoundSocket]
    fileprivate let facts: [ActivationSocket]
    fileprivate let numbers: SocketAssignment

    /// A listener's sockets, at most one per queue: those with its name first.
    func sockets(of listener: ListenerConfiguration) -> [BoundSocket] {
      numbers.sockets(of: .listener(name: listener.name)).map { sockets[$0] }
    }

    /// The admin server's socket.
    var admin: SharedSocket<ListeningSocket>? {
      guard case .tcp(let socket) = numbers.sockets(of: .admin).first.map({ sockets[$0] }) else { return nil }
      return socket
    }

    /// What is known of the sockets with a listener, or of the admin server's.
    var served: [ActivationSocket] {
      let unserved = Set(numbers.unserved.map(\.number))
      return facts.indices.filter { !unserved.contains($0) }.map { facts[$0] }
    }

    /// The sockets without a listener.
    var unserved: [(socket: BoundSocket, facts: UnservedSocket)] {
      numbers.unserved.map { (sockets[$0.number], $0) }
    }
  }
}

extension BoundSocket {
  /// Where it is bound; `nil` if a configuration cannot express that, as for a Unix socket without a path.
  func boundAddress() throws(Errno) -> BoundAddress? {
    if let endpoint = try localEndpoint() {
      let interface = try withDescriptor { (descriptor) throws(Errno) in try descriptor.interfaceName() }
      return endpoint.port == 0
        ? nil : .internet(transport, endpoint.address, port: endpoint.port, interface: interface)
    }
    guard case .tcp(let listening) = self else { return nil }
    return try listening.socket.localUnixPath().map(BoundAddress.unix)
  }
}
