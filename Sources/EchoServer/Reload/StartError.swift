public import EchoCore
public import SystemPackage

/// Why a configuration could not be applied.
public enum StartError: Error, Hashable, Sendable {
  /// A listener's socket could not be bound.
  case listener(name: String, BoundAddress, Errno)
  /// A listener has the address, the port and the interface of another one, by another name of the interface.
  case sameInterface(name: String, BoundAddress, as: String)
  /// The admin socket could not be bound.
  case admin(AdminEndpoint, Errno)
  /// A queue could not be made.
  case queue(name: String, Errno)
  /// The queue of the passed sockets without a listener could not be made.
  case unservedSockets(Errno)
  /// The process may not open enough descriptors for the configuration.
  case descriptors(least: Int, limit: Int)
  /// The process cannot have enough threads for the configuration.
  case threads(needed: Int, possible: Int, Errno)
  /// The process's address space has no room for the tables and buffers of its queues.
  case memory(mebibytes: Int, Errno)
}

extension StartError: CustomStringConvertible {
  /// One sentence with the listener, the address and the reason.
  public var description: String {
    switch self {
    case .listener(let name, let address, let error):
      "listener \(name): cannot bind \(address): \(error)\(Self.hint(error, address.port))"
    case .sameInterface(let name, let address, let other):
      "listener \(name): cannot bind \(address): this is the interface of listener \(other), by another name"
    case .admin(let endpoint, let error):
      "the admin socket: cannot bind \(endpoint): \(error)\(Self.hint(error, endpoint.port))"
    case .queue(let name, let error):
      "listener \(name): cannot create a queue: \(error)"
    case .unservedSockets(let error):
      "the passed sockets that are not served: cannot create a queue: \(error)"
    case .descriptors(let least, let limit):
      """
      the configuration needs at least \(least) file descriptors, but the limit is \(limit); raise it with \
      LimitNOFILE= in the unit or with "ulimit -n"
      """
    case .memory(let mebibytes, let error):
      "the configuration needs room for \(mebibytes) MiB beside its threads: \(error); see \"ulimit -v\""
    case .threads(let needed, let possible, let error):
      """
      the configuration needs \(needed) threads, but only \(possible) are possible: \(error); see TasksMax= in the \
      unit, "ulimit -u" and "ulimit -v"
      """
    }
  }

  /// What to do about a privileged port (see ip(7), capabilities(7)), or about IPv6 where there is none.
  private static func hint(_ error: Errno, _ port: UInt16?) -> String {
    if error == .addressFamilyNotSupported {
      return "; the kernel has no IPv6, and 0.0.0.0 has a socket of its own: leave this one out"
    }
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
