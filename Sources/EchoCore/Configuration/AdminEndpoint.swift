public import Addresses

/// Where the admin socket listens.
public enum AdminEndpoint: Hashable, Sendable {
  /// TCP.
  case tcp(address: IPAddress, port: UInt16)
  /// A socket in the file system.
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

extension AdminEndpoint {
  /// The address of an admin socket that names none.
  public static let defaultAddress = IPAddress.loopbackIPv4
  /// The port of an admin socket that names none.
  public static let defaultPort: UInt16 = 8080
  /// The admin socket of a file that does not mention it.
  public static let standard = AdminEndpoint.tcp(address: defaultAddress, port: defaultPort)
}
