import Sockets
public import SystemPackage
import EchoCore

/// The sockets that systemd passed, by name: a listener of that name uses them instead of binding its own. The name
/// `admin` is the admin socket's. See sd_listen_fds_with_names(3).
public struct ActivationSockets: Sendable {
  /// The name of the admin socket among the passed ones.
  public static let adminName = "admin"

  private var sockets: [String: [BoundSocket]] = [:]

  /// No sockets.
  public init() {}

  /// Takes ownership of a passed descriptor; several can have one name. An error says why it is of no use.
  public mutating func add(_ number: Int32, name: String) throws(Errno) {
    switch try PassedSocket(owning: number) {
    case .datagram(let socket): sockets[name, default: []].append(.udp(SharedSocket(socket)))
    case .listening(let socket): sockets[name, default: []].append(.tcp(SharedSocket(socket)))
    }
  }

  /// The names for which there are sockets.
  public var names: Set<String> { Set(sockets.keys) }

  /// The sockets of a listener, as far as they are of its transport.
  func sockets(for name: String, transport: Transport) -> [BoundSocket] {
    (sockets[name] ?? []).filter { $0.transport == transport }
  }

  /// Whether a socket was passed: it is the service manager's too, which goes on with it when echod does not.
  func contains(_ socket: BoundSocket) -> Bool {
    sockets.values.contains { $0.contains { $0 === socket } }
  }

  /// The admin socket, if it was passed.
  var admin: SharedSocket<ListeningSocket>? {
    for case .tcp(let socket) in sockets[Self.adminName] ?? [] { return socket }
    return nil
  }
}

extension BoundSocket {
  var transport: Transport {
    switch self {
    case .udp: .udp
    case .tcp: .tcp
    }
  }
}
