public import Addresses

extension IPAddress {
  /// `0.0.0.0`, every IPv4 address of the machine when bound.
  public static let anyIPv4 = IPAddress(v4: 0)

  /// `::`, every address of the machine when bound, IPv4 too.
  public static let anyIPv6 = IPAddress(bits: 0)
}
