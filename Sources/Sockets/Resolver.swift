public import Addresses
import Dispatch
import Glibc
public import SystemPackage

/// Resolves host names. See getaddrinfo(3).
public enum Resolver {
  /// How many addresses of a name are used at most.
  public static let addressLimit = 16

  /// This machine's own name; empty if it has none. See gethostname(2).
  public static var machineName: String {
    var bytes = [CChar](repeating: 0, count: Int(HOST_NAME_MAX) + 1)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// This machine's name with its domain; `nil` if it has none. An alias for another name does not count: whoever answers
  /// the resolver could choose it. See getaddrinfo(3), AI_CANONNAME.
  public static func fullMachineName() async -> String? {
    let name = machineName
    if name.isEmpty { return nil }
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        let full = canonicalName(of: name)
        let isOwn = full?.lowercased().hasPrefix(name.lowercased() + ".") == true
        continuation.resume(returning: isOwn ? full : nil)
      }
    }
  }

  private static func canonicalName(of name: String) -> String? {
    var hints = addrinfo()
    hints.ai_flags = AI_CANONNAME
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &first) == 0 else { return nil }
    defer { freeaddrinfo(first) }
    return first?.pointee.ai_canonname.map { String(cString: $0) }
  }

  /// The endpoints of a host, at least one, in the order in which to try them (RFC 6724). The host is a name, or an IP
  /// literal without brackets; an IPv6 literal can have a zone, as in `fe80::1%eth0`. With a family, only its addresses
  /// count.
  public static func endpoints(
    of host: String, port: UInt16, family: AddressFamily? = nil
  ) throws(ResolutionError) -> [Endpoint] {
    var hints = addrinfo()
    // Without a type, each address would be listed once for every type.
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_family = family?.domain ?? AF_UNSPEC
    var first: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &first)
    guard code == 0 else {
      // For a name with addresses of the other family only, the code can be that of an unknown name.
      if let family, (try? endpoints(of: host, port: port)) != nil {
        throw ResolutionError(host: host, code: EAI_NONAME, systemError: nil, family: family)
      }
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
      if !endpoints.contains(endpoint) { endpoints.append(endpoint) }
    }
    guard !endpoints.isEmpty else { throw ResolutionError(host: host, code: EAI_NONAME, systemError: nil) }
    return endpoints
  }
}

/// Why a host could not be resolved.
public struct ResolutionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name or literal.
  public let host: String
  /// One of the EAI codes of getaddrinfo(3).
  public let code: Int32
  /// The error behind EAI_SYSTEM.
  public let systemError: Errno?
  /// The family that was asked for, if the host has addresses of the other one only.
  public var family: AddressFamily?

  /// The reason in words. See gai_strerror(3).
  public var description: String {
    let reason =
      switch family {
      case .ipv4?: "it has no IPv4 address"
      case .ipv6?: "it has no IPv6 address"
      case nil: systemError.map { "\($0)" } ?? String(cString: gai_strerror(code))
      }
    return "cannot resolve \(host): \(reason)"
  }
}
