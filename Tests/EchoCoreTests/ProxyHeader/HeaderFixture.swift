import Addresses
import EchoCore
import Testing

/// A header as somebody sends it, and what it says.
struct HeaderFixture: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var bytes: [UInt8]
  var version = 2
  var command = ProxyHeader.Command.proxy
  var source: Endpoint?
  var destination: Endpoint?
  var authority: String?
  var alpn: String?
  var uniqueID: String?
  var hasChecksum = false

  /// A header of version 1.
  init(_ name: String, text: String, from source: Endpoint? = nil, to destination: Endpoint? = nil) {
    (testDescription, bytes, version) = (name, Array(text.utf8), 1)
    (self.source, self.destination) = (source, destination)
  }

  /// A header of version 2, in hexadecimal digits behind its signature.
  init(
    _ name: String, _ digits: String, from source: Endpoint? = nil, to destination: Endpoint? = nil,
    command: ProxyHeader.Command = .proxy
  ) {
    (testDescription, self.command) = (name, command)
    bytes = octets("0d0a0d0a000d0a515549540a" + digits)
    (self.source, self.destination) = (source, destination)
  }

  func with(_ change: (inout HeaderFixture) -> Void) -> HeaderFixture {
    var fixture = self
    change(&fixture)
    return fixture
  }

  /// Adds TLVs, and corrects the header's length.
  func adding(_ name: String, _ values: [(type: UInt8, value: [UInt8])]) -> HeaderFixture {
    with {
      $0.testDescription += name
      for (type, value) in values {
        $0.bytes += [type, UInt8(value.count >> 8), UInt8(value.count & 0xFF)] + value
      }
      let length = $0.bytes.count - 16
      ($0.bytes[14], $0.bytes[15]) = (UInt8(length >> 8), UInt8(length & 0xFF))
    }
  }
}

/// The bytes of hexadecimal digits; spaces are skipped.
func octets(_ digits: String) -> [UInt8] {
  let digits = Array(digits.filter { $0 != " " })
  return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}

/// The endpoint of a text such as `192.0.2.7:40000` or `[2001:db8::7]:40000`.
func endpoint(_ text: String) -> Endpoint {
  let colon = text.lastIndex(of: ":") ?? text.endIndex
  let host = text[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
  guard let address = IPAddress(host), let port = UInt16(text[colon...].dropFirst()) else {
    preconditionFailure("\(text) is no endpoint")
  }
  return Endpoint(address: address, port: port)
}

/// What bytes begin with, in memory of exactly their size.
func read(_ bytes: [UInt8], _ versions: ProxyHeader.Versions = .any) -> ProxyHeader.Reading {
  let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
  defer { room.deallocate() }
  room.copyBytes(from: bytes)
  return ProxyHeader.read(UnsafeRawBufferPointer(room), versions)
}

extension ProxyHeader.Reading {
  var header: ProxyHeader? { if case .header(let header) = self { header } else { nil } }
}

extension ProxyHeader {
  /// A value in the header's bytes.
  func text(_ field: Field?, in bytes: [UInt8]) -> String? {
    field.map { String(decoding: bytes[Int($0.offset)...].prefix(Int($0.byteCount)), as: UTF8.self) }
  }
}
