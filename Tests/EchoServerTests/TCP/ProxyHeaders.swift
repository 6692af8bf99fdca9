import Addresses
import EchoCore

/// Headers that proxies send, put together byte by byte.
enum ProxyHeaders {
  /// The client that the headers name.
  static let client = Endpoint(address: IPAddress(v4: 0x0A01_0203), port: 40_000)
  /// Where it connected to.
  static let destination = Endpoint(address: IPAddress(v4: 0x0A09_0909), port: 7000)

  /// Version 1: `client` is an IPv4 address.
  static func text(from client: String = "10.1.2.3") -> [UInt8] {
    Array("PROXY TCP4 \(client) 10.9.9.9 40000 7000\r\n".utf8)
  }

  /// Version 1, which does not say who the client is.
  static let unknown = Array("PROXY UNKNOWN\r\n".utf8)

  /// Version 2 for TCP over IPv4, with so many more bytes in one NOOP TLV (3 at least), or in none.
  static func binary(tlvBytes: Int = 0) -> [UInt8] {
    let value = max(0, tlvBytes - 3)
    let tlv = tlvBytes == 0 ? [] : [0x04] + octets(value) + [UInt8](repeating: 0, count: value)
    return signature + [0x21, 0x11] + octets(12 + tlv.count)
      + [10, 1, 2, 3, 10, 9, 9, 9] + octets(40_000) + octets(7000) + tlv
  }

  /// Version 2, LOCAL: the proxy speaks for itself.
  static let local = signature + [0x20, 0x00, 0, 0]

  private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10] + Array("QUIT\n".utf8)

  private static func octets(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 255)] }
}
