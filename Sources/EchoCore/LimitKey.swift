public import Addresses

extension IPAddress {
  /// What limits know a client by: an IPv4 address, or the /64 of an IPv6 one, because who has a /64 has all of its
  /// addresses.
  public var limitKey: IPAddress {
    isIPv4 ? self : IPAddress(bits: bits & ~UInt128(UInt64.max))
  }
}
