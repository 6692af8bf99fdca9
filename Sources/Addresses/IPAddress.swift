public import Glibc

/// An IPv4 or IPv6 address in 128 bits.
///
/// An IPv4 address is stored in its v4-mapped form `::ffff:a.b.c.d` (RFC 4291, section 2.5.5.2). A peer is therefore
/// the same value on an IPv4 socket and on a dual-stack one, and tables need one kind of key.
public struct IPAddress: Hashable, Sendable {
  /// The address in host byte order; the first octet is the most significant.
  public let bits: UInt128

  /// Makes an address from its 128 bits, in host byte order.
  public init(bits: UInt128) {
    self.bits = bits
  }

  /// Makes an IPv4 address from its 32 bits, in host byte order: `0x7F00_0001` is 127.0.0.1.
  public init(v4 bits: UInt32) {
    self.bits = Self.mappedPrefix | UInt128(bits)
  }

  /// Parses an IP literal (dotted IPv4, or RFC 4291, section 2.2) without brackets, zone or port. See inet_pton(3).
  public init?(_ text: some StringProtocol) {
    let text = String(text)
    // inet_pton(3) stops at a NUL and would ignore what follows it.
    guard !text.utf8.contains(0) else { return nil }
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, text, &v4) == 1 {
      self.init(v4: UInt32(bigEndian: v4.s_addr))
    } else if inet_pton(AF_INET6, text, &v6) == 1 {
      self.init(v6)
    } else {
      return nil
    }
  }

  /// The longest text of an address, in bytes: IPv6, with an IPv4 address at its end.
  public static var longestText: Int { Int(INET6_ADDRSTRLEN) - 1 }

  /// Parses an IPv6 literal (RFC 4291, section 2.2), without brackets or zone. It allocates nothing.
  public init?(ipv6 text: UnsafeRawBufferPointer) {
    guard text.count <= Self.longestText, !text.contains(0) else { return nil }
    var address = in6_addr()
    let isAddress = withUnsafeTemporaryAllocation(byteCount: Self.longestText + 1, alignment: 1) { room in
      room.copyMemory(from: text)
      room[text.count] = 0
      return inet_pton(AF_INET6, room.baseAddress, &address) == 1
    }
    guard isAddress else { return nil }
    self.init(address)
  }

  /// Makes an address from the kernel's IPv6 form.
  public init(_ address: in6_addr) {
    self.bits = withUnsafeBytes(of: address) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
  }

  /// The kernel's IPv6 form; v4-mapped for an IPv4 address.
  public var in6: in6_addr {
    var address = in6_addr()
    withUnsafeMutableBytes(of: &address) { $0.storeBytes(of: bits.bigEndian, as: UInt128.self) }
    return address
  }

  /// The 32 bits of an IPv4 address in host byte order, or `nil` for an IPv6 address.
  public var v4Bits: UInt32? {
    bits >> 32 == Self.mappedPrefix >> 32 ? UInt32(truncatingIfNeeded: bits) : nil
  }

  /// Whether this is an IPv4 address.
  public var isIPv4: Bool { v4Bits != nil }

  /// Whether this is a wildcard: `0.0.0.0` or `::`.
  public var isUnspecified: Bool { bits == 0 || v4Bits == 0 }

  /// Whether this is 127.0.0.0/8 or `::1`.
  public var isLoopback: Bool { bits == 1 || v4Bits.map { $0 >> 24 == 127 } == true }

  /// Whether this addresses a group of hosts: 224.0.0.0/4, 255.255.255.255 or ff00::/8.
  public var isMulticastOrBroadcast: Bool {
    guard let v4 = v4Bits else { return bits >> 120 == 0xFF }
    return v4 >> 28 == 0xE || v4 == .max
  }

  /// Whether this is an IPv6 link-local address, fe80::/10, which is only meaningful with a zone.
  public var isIPv6LinkLocal: Bool { bits >> 118 == 0xFE80 >> 6 }

  /// `127.0.0.1`.
  public static let loopbackIPv4 = IPAddress(v4: 0x7F00_0001)

  // Computed: a stored one is initialized lazily, which each use would have to check.
  private static var mappedPrefix: UInt128 { 0xFFFF << 32 }
}
