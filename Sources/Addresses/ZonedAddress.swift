/// An IP address as people write it: a link-local IPv6 address can have the zone that it needs, as in `fe80::1%eth0`.
/// See RFC 4007, section 11.
public struct ZonedAddress: Hashable, Sendable {
  /// The address.
  public let address: IPAddress
  /// The name of the interface, or its index in decimal digits; `nil` if there is none.
  public let zone: String?

  /// How many bytes a zone can have: those of an interface's name. See netdevice(7), IFNAMSIZ.
  public static let zoneLimit = 15

  /// Makes a zoned address from its parts.
  public init(_ address: IPAddress, zone: String? = nil) {
    self.address = address
    self.zone = zone
  }

  /// Parses an IP literal, without brackets or port. Only a link-local IPv6 address can have a zone, and whether there
  /// is such an interface is not checked.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(first) else { return nil }
    if parts.count == 1 {
      self.init(address)
    } else {
      let zone = String(parts[1])
      guard address.isIPv6LinkLocal, Self.isZone(zone) else { return nil }
      self.init(address, zone: zone)
    }
  }

  /// Whether the address has no zone and needs one.
  public var lacksZone: Bool { address.isIPv6LinkLocal && zone == nil }

  /// What the kernel accepts as the name of an interface.
  private static func isZone(_ text: String) -> Bool {
    (1...zoneLimit).contains(text.utf8.count) && text != "." && text != ".."
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/:%[]".utf8.contains($0) }
  }
}

extension ZonedAddress: CustomStringConvertible {
  /// `fe80::1%eth0`, or the address alone.
  public var description: String { zone.map { "\(address)%\($0)" } ?? "\(address)" }
}
