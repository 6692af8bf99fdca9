/// A network in CIDR form: an address and its prefix length (RFC 4632; RFC 4291, section 2.3).
public struct Prefix: Hashable, Sendable {
  /// The network's first address; its host bits are zero.
  public let network: IPAddress
  /// The prefix length in the 128-bit representation: an IPv4 /8 is 104 here.
  public let bitCount: Int

  /// Why a text is not a prefix.
  public enum ParseError: Error, Hashable, Sendable {
    /// The part before the `/` is not an IP literal.
    case notAnAddress
    /// The prefix length is missing, not a plain decimal number, or over `limit`.
    case notALength(limit: Int)
    /// The address has host bits set; `network` is what was probably meant.
    case hostBitsSet(network: Prefix)
  }

  /// Parses `192.0.2.0/24` or `2001:db8::/32`. A single host needs its `/32` or `/128`.
  public init(_ text: String) throws(ParseError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(first) else { throw .notAnAddress }
    // The length of a mapped literal such as ::ffff:10.0.0.0/104 counts from the first of 128 bits.
    let writtenAsIPv4 = !first.utf8.contains(UInt8(ascii: ":"))
    let limit = writtenAsIPv4 ? 32 : 128
    guard parts.count == 2, let length = Self.decimal(parts[1]), length <= limit else {
      throw .notALength(limit: limit)
    }
    self.bitCount = writtenAsIPv4 ? length + 96 : length
    self.network = IPAddress(bits: address.bits & Self.mask(bitCount))
    guard network == address else { throw .hostBitsSet(network: self) }
  }

  /// Whether the network contains an address. An IPv6 network contains IPv4 addresses only if it lies within the
  /// v4-mapped block: `::/0` contains none.
  public func contains(_ address: IPAddress) -> Bool {
    if bitCount < 96, address.isIPv4 { return false }
    return address.bits & Self.mask(bitCount) == network.bits
  }

  /// The first and the last address.
  public var range: (lowerBound: IPAddress, upperBound: IPAddress) {
    (network, IPAddress(bits: network.bits | ~Self.mask(bitCount)))
  }

  /// Whether the network contains every address of another one.
  public func contains(_ other: Prefix) -> Bool {
    other.bitCount >= bitCount && contains(other.network)
  }

  private static func mask(_ bitCount: Int) -> UInt128 {
    bitCount == 0 ? 0 : UInt128.max << UInt128(128 - bitCount)
  }

  private static func decimal(_ text: Substring) -> Int? {
    guard text.utf8.count <= 3, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return text.utf8.first == 0x30 && text.utf8.count > 1 ? nil : Int(text)
  }
}

extension Prefix: CustomStringConvertible {
  /// `10.0.0.0/8`, `fc00::/7`.
  public var description: String {
    network.isIPv4 && bitCount >= 96 ? "\(network)/\(bitCount - 96)" : "\(network)/\(bitCount)"
  }
}
