public import Addresses

/// Where the admin socket listens.
public enum AdminEndpoint: Hashable, Sendable {
  /// TCP.
  case tcp(address: IPAddress, port: UInt16)
  /// A Unix socket.
  case unix(path: String)
}

extension AdminEndpoint: CustomStringConvertible {
  /// `tcp 127.0.0.1:8080` or `unix /run/echod/admin.sock`.
  public var description: String {
    switch self {
    case .tcp(let address, let port): "tcp \(Endpoint(address: address, port: port))"
    case .unix(let path): "unix \(path)"
    }
  }
}
