import Testing

@testable import EchoCore

@Suite("STAMP messages")
struct StampMessageTests {
  private static let request = StampRequest(
    sequence: 0x0102_0304, timestamp: 0x1112_1314_1516_1718,
    errorEstimate: StampErrorEstimate(rawValue: 0xBFFE),
    sessionID: 0x2122)
  private static let requestBytes: [UInt8] =
    [1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0xBF, 0xFE, 0x21, 0x22]
    + [UInt8](repeating: 0, count: 28)
  private static let reply = StampReply(
    to: request, sequence: 0x3132_3334, timestamp: 0x4142_4344_4546_4748,
    errorEstimate: StampErrorEstimate(rawValue: 0x7FFD), receiveTimestamp: 0x5152_5354_5556_5758, hopLimit: 63
  )
  private static let replyBytes: [UInt8] = [
    0x31, 0x32, 0x33, 0x34,  // sequence
    0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,  // T3
    0x7F, 0xFD, 0x21, 0x22,  // error estimate, SSID
    0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,  // T2
    1, 2, 3, 4, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,  // the sender's sequence, T1
    0xBF, 0xFE, 0, 0,  // the sender's error estimate
    63, 0, 0, 0,  // hop limit
  ]

  @Test("have the fields of a request in the order of RFC 8762, section 4.2")
  func request() {
    var bytes = [UInt8](repeating: 0xFF, count: 44)
    bytes.withUnsafeMutableBytes { Self.request.write(to: $0) }
    #expect(bytes == Self.requestBytes)
    #expect(bytes.withUnsafeBytes { StampRequest(reading: $0) } == Self.request)
  }

  @Test("have the fields of a reply in the order of RFC 8762, section 4.3")
  func reply() {
    var bytes = [UInt8](repeating: 0xFF, count: 44)
    bytes.withUnsafeMutableBytes { Self.reply.write(to: $0) }
    #expect(bytes == Self.replyBytes)
    #expect(bytes.withUnsafeBytes { StampReply(reading: $0) } == Self.reply)
  }

  @Test("are read whatever is in place of the zeros, and whatever follows")
  func tolerance() {
    var bytes = Self.requestBytes + [9, 9, 9]
    for index in 16..<44 { bytes[index] = 0xFF }
    #expect(bytes.withUnsafeBytes { StampRequest(reading: $0) } == Self.request)
    bytes = Self.replyBytes + [9]
    for index in [38, 39, 41, 42, 43] { bytes[index] = 0xFF }
    #expect(bytes.withUnsafeBytes { StampReply(reading: $0) } == Self.reply)
  }

  @Test("have at least 44 bytes", arguments: [0, 1, 14, 41, 43])
  func short(length: Int) {
    Self.requestBytes[..<length].withUnsafeBytes { bytes in
      #expect(StampRequest(reading: bytes) == nil)
      #expect(StampReply(reading: bytes) == nil)
    }
  }
}
