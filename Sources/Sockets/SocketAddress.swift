public import Addresses
import CLinux
import Glibc
import SystemPackage

/// The kernel's form of an address: a `sockaddr_storage` and its used length. See socket(7).
struct SocketAddress {
  private(set) var storage = sockaddr_storage()
  private(set) var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  /// Space for the kernel to write an address into.
  init() {}

  /// An endpoint in the form that a socket's family needs: IPv4 is v4-mapped on an IPv6 socket.
  init(_ endpoint: Endpoint, family: AddressFamily) {
    switch family {
    case .ipv4:
      let address = sockaddr_in(
        sin_family: sa_family_t(AF_INET), sin_port: endpoint.port.bigEndian,
        sin_addr: in_addr(s_addr: (endpoint.address.v4Bits ?? 0).bigEndian),
        sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
      store(address)
    case .ipv6:
      let address = sockaddr_in6(
        sin6_family: sa_family_t(AF_INET6), sin6_port: endpoint.port.bigEndian, sin6_flowinfo: 0,
        sin6_addr: endpoint.address.in6, sin6_scope_id: endpoint.scope)
      store(address)
    }
  }

  /// The address of a Unix socket; `nil` if the path is empty or too long. See unix(7).
  init?(unixPath path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    store(address)
  }

  /// The address of a Unix socket, from a name in systemd's form: an absolute path, or `@` and an abstract name; `nil`
  /// for any other name. See sd_notify(3), NOTIFY_SOCKET.
  init?(unixName name: String) {
    if name.hasPrefix("/") {
      self.init(unixPath: name)
      return
    }
    guard name.hasPrefix("@"), name.utf8.count > 1 else { return nil }
    // An abstract name has a NUL instead of the `@`, and is not terminated: its length says where it ends.
    self.init(unixPath: name)
    let begin = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 0
    withUnsafeMutableBytes(of: &storage) { $0[begin] = 0 }
    length = socklen_t(begin + name.utf8.count)
  }

  /// The endpoint, or `nil` for another family.
  var endpoint: Endpoint? {
    withUnsafeBytes(of: storage) { Endpoint(socketAddress: $0) }
  }

  /// The path of a Unix socket; `nil` for another family, an unnamed or an abstract (NUL-first) socket. See unix(7).
  var unixPath: String? {
    withUnsafeBytes(of: storage) { bytes in
      guard Int32(bytes.loadUnaligned(as: sa_family_t.self)) == AF_UNIX else { return nil }
      let path = bytes.prefix(Int(length)).dropFirst(MemoryLayout<sa_family_t>.size).prefix { $0 != 0 }
      return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }
  }

  /// Passes the address to a call that reads it.
  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// Passes space for an address to a call that fills it.
  mutating func withMutablePointer<Result>(
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
  ) -> Result {
    length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
    }
  }

  private mutating func store<Address>(_ address: Address) {
    withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: Address.self) }
    length = socklen_t(MemoryLayout<Address>.size)
  }
}

/// The family of a socket's addresses.
public enum AddressFamily: Sendable {
  /// IPv4 only.
  case ipv4
  /// IPv6, and v4-mapped IPv4 on a dual-stack socket.
  case ipv6

  /// The family of the socket that binds an address.
  public init(of address: IPAddress) {
    self = address.isIPv4 ? .ipv4 : .ipv6
  }

  /// Whether the kernel has it. See socket(2), EAFNOSUPPORT.
  public var isSupported: Bool {
    do throws(Errno) {
      _ = Descriptor(owning: try SystemCall.retrying { clinux_socket(domain, false) })
      return true
    } catch {
      return error != .addressFamilyNotSupported
    }
  }

  var domain: Int32 {
    switch self {
    case .ipv4: AF_INET
    case .ipv6: AF_INET6
    }
  }
}

extension Endpoint {
  /// Reads a `sockaddr_in` or `sockaddr_in6`; `nil` for another family or if there are too few bytes.
  init?(socketAddress bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= MemoryLayout<sockaddr_in>.size else { return nil }
    switch Int32(bytes.loadUnaligned(as: sa_family_t.self)) {
    case AF_INET:
      let address = bytes.loadUnaligned(as: sockaddr_in.self)
      self.init(
        address: IPAddress(v4: UInt32(bigEndian: address.sin_addr.s_addr)),
        port: UInt16(bigEndian: address.sin_port))
    case AF_INET6 where bytes.count >= MemoryLayout<sockaddr_in6>.size:
      let address = bytes.loadUnaligned(as: sockaddr_in6.self)
      self.init(
        address: IPAddress(address.sin6_addr), port: UInt16(bigEndian: address.sin6_port),
        scope: address.sin6_scope_id)
    default:
      return nil
    }
  }
}
