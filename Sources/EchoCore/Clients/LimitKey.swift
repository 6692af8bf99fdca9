public import Addresses

/// What limits identify a client by.
///
/// - IPv4: its address.
/// - IPv6: its /64, because a host can use every address in it.
/// - IPv6 link-local: its address and its zone. All hosts of every link are in fe80::/64, and the same address on two
///   interfaces can belong to two hosts (RFC 4007, section 6).
public struct LimitKey: Hashable, Sendable {
  let bits: UInt128

  /// The key with these bits, which another process made.
  init(bits: UInt128) { self.bits = bits }

  /// The key of a client; its port does not matter.
  public init(_ client: Endpoint) {
    let address = client.address
    if address.isIPv4 {
      bits = address.bits
    } else if address.isIPv6LinkLocal {
      // The zone replaces bits that are zero in a link-local address (RFC 4291, section 2.5.6), so the key is as short
      // as an address.
      bits = 0xFE80 << 112 | UInt128(client.scope) << 64 | address.bits & UInt128(UInt64.max)
    } else {
      bits = address.bits & ~UInt128(UInt64.max)
    }
  }
}
