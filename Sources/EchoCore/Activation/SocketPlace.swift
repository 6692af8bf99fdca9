public import Addresses

/// Where a socket is bound, or is wanted to be: to tell that a passed socket is the one that a configuration means.
public enum SocketPlace: Hashable, Sendable {
  /// An address and a port.
  case internet(Transport, IPAddress, port: UInt16)
  /// A path in the file system.
  case unix(path: String)

  /// Where a listener is wanted; `nil` on a port of the kernel's choice, which can be any.
  init?(of listener: ListenerConfiguration) {
    guard listener.port != 0 else { return nil }
    self = .internet(listener.transport, listener.address, port: listener.port)
  }

  /// Where the admin socket is wanted; `nil` on a port of the kernel's choice.
  init?(of admin: AdminEndpoint) {
    switch admin {
    case .tcp(_, port: 0): return nil
    case .tcp(let address, let port): self = .internet(.tcp, address, port: port)
    case .unix(let path): self = .unix(path: path)
    }
  }
}

extension SocketPlace: CustomStringConvertible {
  /// `tcp 127.0.0.1:12000` or `unix /run/echod/admin.sock`.
  public var description: String {
    switch self {
    case .internet(let transport, let address, let port):
      "\(transport.rawValue) \(Endpoint(address: address, port: port))"
    case .unix(let path): "unix \(path)"
    }
  }
}
