import Testing

@testable import EchoCore

@Suite("CRC32C")
struct CRC32CTests {
  /// Those of RFC 3720, appendix B.4, and the check value of the polynomial.
  private static let known: [([UInt8], UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C),
    (Array("123456789".utf8), 0xE306_9283), ([], 0),
  ]

  @Test("has the known values, in any number of pieces", arguments: known)
  func values(bytes: [UInt8], expected: UInt32) {
    for cut in 0...bytes.count {
      var checksum = CRC32C()
      bytes[..<cut].withUnsafeBytes { checksum.append($0) }
      bytes[cut...].withUnsafeBytes { checksum.append($0) }
      #expect(checksum.value == expected)
    }
    #expect(plainCRC32C(bytes) == expected)
  }
}
