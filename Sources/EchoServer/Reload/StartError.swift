public import EchoCore
public import SystemPackage

/// Why a configuration could not be applied.
public enum StartError: Error, Hashable, Sendable {
  /// A listener's socket could not be bound.
  case listener(name: String, BoundAddress, Errno)
  /// The admin socket could not be bound.
  case admin(AdminEndpoint, Errno)
  /// A queue could not be made.
  case queue(name: String, Errno)
  /// The queue of the passed sockets without a listener could not be made.
  case unservedSockets(Errno)
}

extension StartError: CustomStringConvertible {
  /// One sentence with the listener, the address and the reason.
  public var description: String {
    switch self {
    case .listener(let name, let address, let error):
      "listener \(name): cannot bind \(address): \(error)\(Self.hint(error, address.port))"
    case .admin(let endpoint, let error):
      "the admin socket: cannot bind \(endpoint): \(error)\(Self.hint(error, endpoint.port))"
    case .queue(let name, let error):
      "listener \(name): cannot create a queue: \(error)"
    case .unservedSockets(let error):
      "the passed sockets that are not served: cannot create a queue: \(error)"
    }
  }

  /// What to do about a privileged port. See ip(7), capabilities(7).
  private static func hint(_ error: Errno, _ port: UInt16?) -> String {
    guard let port, (1..<1024).contains(port), [.permissionDenied, .notPermitted].contains(error) else {
      return ""
    }
    return "; ports below 1024 need the capability CAP_NET_BIND_SERVICE; see LOW PORTS in echod(8)"
  }
}

extension BoundAddress {
  fileprivate var port: UInt16? {
    if case .internet(_, _, let port, _) = self { port } else { nil }
  }
}

extension AdminEndpoint {
  fileprivate var port: UInt16? {
    if case .tcp(_, let port) = self { port } else { nil }
  }
}
