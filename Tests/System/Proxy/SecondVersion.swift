import Addresses

/// A PROXY header of version 2, made by hand so that it shares no code with what is tested.
enum SecondVersion {
  private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

  /// A header for datagrams over IPv4 between these endpoints.
  static func header(from client: Endpoint, to server: Endpoint) -> [UInt8] {
    let addresses = [client, server].flatMap { big($0.address.v4Bits ?? 0) }
    let ports = [client, server].flatMap { big($0.port) }
    return signature + [0x21, 0x12] + big(UInt16(12)) + addresses + ports
  }

  private static func big(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}
