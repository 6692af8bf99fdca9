public import Addresses
import Glibc
public import SystemPackage

/// Names of hosts, turned into addresses. See getaddrinfo(3).
public enum Resolver {
  /// How many addresses of one name are used at the most.
  public static let addressLimit = 16

  /// The endpoints of a host, in the order in which they should be tried (RFC 6724); one at least.
  ///
  /// - Parameters:
  ///   - host: a name, or an IP literal without brackets; an IPv6 literal can have a zone, as in `fe80::1%eth0`.
  public static func endpoints(of host: String, port: UInt16) throws(ResolutionError) -> [Endpoint] {
    var hints = addrinfo()
    // One kind of socket is asked for: each address would otherwise come once for every kind.
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &first)
    guard code == 0 else {
      throw ResolutionError(
        host: host, code: code, systemError: code == EAI_SYSTEM ? Errno(rawValue: errno) : nil)
    }
    defer { freeaddrinfo(first) }
    var endpoints: [Endpoint] = []
    var next = first
    while let entry = next?.pointee, endpoints.count < addressLimit {
      next = entry.ai_next
      let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
      guard var endpoint = Endpoint(socketAddress: bytes) else { continue }
      endpoint.port = port
      endpoints.append(endpoint)
    }
    guard !endpoints.isEmpty else { throw ResolutionError(host: host, code: EAI_NONAME, systemError: nil) }
    return endpoints
  }
}

/// Why a host has no address.
public struct ResolutionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was asked for.
  public let host: String
  /// One of the EAI codes of getaddrinfo(3).
  public let code: Int32
  /// What the system refused, when it is the system's fault.
  public let systemError: Errno?

  /// The reason in words. See gai_strerror(3).
  public var description: String {
    "cannot resolve \(host): " + (systemError.map { "\($0)" } ?? String(cString: gai_strerror(code)))
  }
}
