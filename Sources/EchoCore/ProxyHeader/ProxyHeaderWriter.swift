public import Addresses

extension ProxyHeader {
  /// The longest header that ``bytes(version:from:to:over:)`` makes for a datagram.
  public static let writtenDatagramLimit = binaryPrefixBytes + 36

  /// Makes the header with which a proxy forwards a client's connection or datagram: a line of version 1, or the
  /// addresses of version 2 without additions.
  ///
  /// `nil` when there is no such header: the endpoints are of two families (an IPv4-mapped address is an IPv4 address), the
  /// version is neither 1 nor 2, or it is 1 over UDP. An interface index is not written.
  public static func bytes(
    version: Int, from source: Endpoint, to destination: Endpoint, over transport: Transport
  ) -> [UInt8]? {
    guard source.address.isIPv4 == destination.address.isIPv4 else { return nil }
    switch (version, transport) {
    case (1, .tcp): return text(source, destination)
    case (2, _): return binary(source, destination, transport)
    default: return nil
    }
  }

  private static func text(_ source: Endpoint, _ destination: Endpoint) -> [UInt8] {
    let family = source.address.isIPv4 ? "TCP4" : "TCP6"
    let addresses = "\(source.address) \(destination.address) \(source.port) \(destination.port)"
    return Array("PROXY \(family) \(addresses)\r\n".utf8)
  }

  private static func binary(
    _ source: Endpoint, _ destination: Endpoint, _ transport: Transport
  ) -> [UInt8] {
    let signature = UnsafeRawBufferPointer(
      start: binarySignature.utf8Start, count: binarySignature.utf8CodeUnitCount)
    var bytes = Array(signature)
    // Version 2, PROXY.
    bytes.append(0x21)
    let addresses = octets(source.address) + octets(destination.address)
    let family: Family =
      switch (source.address.isIPv4, transport) {
      case (true, .tcp): .ipv4Stream
      case (true, .udp): .ipv4Datagram
      case (false, .tcp): .ipv6Stream
      case (false, .udp): .ipv6Datagram
      }
    bytes.append(family.rawValue)
    bytes += octets(UInt16(family.addressBytes))
    return bytes + addresses + octets(source.port) + octets(destination.port)
  }

  private static func octets(_ address: IPAddress) -> [UInt8] {
    address.v4Bits.map(octets) ?? octets(address.bits)
  }

  /// A number's bytes, the highest first.
  private static func octets(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}
