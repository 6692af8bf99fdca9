import Addresses
import EchoCore
import Testing

@Suite("A PROXY header")
struct ProxyHeaderTests {
  @Test("says what its sender meant", arguments: HeaderFixture.all)
  func reading(fixture: HeaderFixture) throws {
    let header = try #require(read(fixture.bytes).header)
    #expect(header.version == fixture.version)
    #expect(header.command == fixture.command)
    #expect(header.source == fixture.source)
    #expect(header.destination == fixture.destination)
    #expect(header.byteCount == fixture.bytes.count)
    #expect(header.text(header.authority, in: fixture.bytes) == fixture.authority)
    #expect(header.text(header.alpn, in: fixture.bytes) == fixture.alpn)
    #expect(header.text(header.uniqueID, in: fixture.bytes) == fixture.uniqueID)
  }

  @Test("ends where the message begins, which may look like a header too", arguments: HeaderFixture.all)
  func message(fixture: HeaderFixture) {
    let alone = read(fixture.bytes)
    for message in [
      Array("hello".utf8), fixture.bytes, [0x0D], [0x0A], [0], [UInt8](repeating: 0xFF, count: 999),
    ] {
      #expect(read(fixture.bytes + message) == alone)
    }
  }

  @Test("is incomplete until its last byte", arguments: HeaderFixture.all)
  func pieces(fixture: HeaderFixture) {
    for count in 0..<fixture.bytes.count {
      #expect(read(Array(fixture.bytes.prefix(count))) == .incomplete, "\(count) bytes")
    }
  }

  @Test("is of version 2 where only that is accepted", arguments: HeaderFixture.all)
  func versions(fixture: HeaderFixture) {
    let expected = fixture.version == 2 ? read(fixture.bytes) : .invalid
    #expect(read(fixture.bytes, .second) == expected)
    #expect(read([fixture.bytes[0]], .second) == (fixture.version == 2 ? .incomplete : .invalid))
  }

  @Test("can be as long as its length field allows")
  func longest() throws {
    let rest = 65_535 - 12 - 3 - 3
    let bytes = HeaderFixture.addresses[0].adding(
      "", [(0xE0, [UInt8](repeating: 0, count: rest)), (0x02, [])]
    ).bytes
    #expect(bytes.count == ProxyHeader.byteLimit)
    let header = try #require(read(bytes + [0]).header)
    #expect(header.byteCount == bytes.count)
    #expect(header.authority.map { [Int($0.offset), Int($0.byteCount)] } == [bytes.count, 0])
    #expect(read(Array(bytes.dropLast())) == .incomplete)
  }

  @Test(
    "is refused where a value is longer than its type permits, or than the header",
    arguments: [(0x01, 256), (0x02, 256), (0x05, 129), (0x03, 3), (0x03, 5), (0x03, 0)] as [(UInt8, Int)])
  func longValues(type: UInt8, count: Int) {
    let value = [UInt8](repeating: 0x61, count: count)
    #expect(read(HeaderFixture.addresses[2].adding("", [(type, value)]).bytes) == .invalid)
    // Nothing says where these begin.
    let unspecified = HeaderFixture.addresses[6].adding("", [(0x02, [0x61]), (type, value)]).bytes
    #expect(read(unspecified).header?.authority == nil)
    #expect(read(unspecified).header?.byteCount == unspecified.count)
  }

  @Test("is refused where it has two checksums, even if both are right")
  func twoChecksums() {
    let zeros = HeaderFixture.addresses[0].adding("", [(0x03, [0, 0, 0, 0]), (0x03, [0, 0, 0, 0])])
    #expect(read(zeros.bytes) == .invalid)
  }

  @Test(
    "is refused at its first wrong byte, not later",
    arguments: [
      "p", "PROXY\t", "PROXY  ", "PROXY T ", "PROXY X", "PROXY TCP5", "PROXY TCP4  ", "PROXY TCP4 256",
      "PROXY TCP4 01",
      "PROXY TCP4 1.2.3.4.", "PROXY TCP4 1.2.3 ", "PROXY TCP4 :", "PROXY TCP6 g", "PROXY TCP6 1.2.3.4 ",
      "PROXY TCP6 fe80::1%", "PROXY TCP6 ::1  ", "PROXY TCP4 1.2.3.4 1.2.3.4 65536",
      "PROXY TCP4 1.2.3.4 1.2.3.4 00",
      "PROXY TCP4 1.2.3.4 1.2.3.4 -", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 ", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r", "PROXY UNKNOWNS", "PROXY UNKNOWN\n", "PROXY UNKNOWN \r ",
      "PROXY TCP6 :::1 ",
      "PROXY TCP6 0000:0000:0000:0000:0000:0000:0000:0000:000000", "\r\n\r\n\0\r\nQUIT\r", "G",
    ])
  func firstWrongByte(text: String) {
    let bytes = Array(text.utf8)
    #expect(read(bytes) == .invalid)
    #expect(read(Array(bytes.dropLast())) == .incomplete)
  }

  @Test("of version 1 has at most 107 bytes")
  func lineLimit() {
    let line = Array("PROXY UNKNOWN ".utf8) + [UInt8](repeating: 0x20, count: 93)
    #expect(read(Array(line.prefix(106))) == .incomplete)
    #expect(read(line) == .invalid)
    #expect(read(Array(line.prefix(106)) + [0x0D]) == .invalid)
    #expect(read(Array(line.prefix(105)) + [0x0D, 0x0A]).header?.byteCount == 107)
    #expect(read(Array(line.prefix(106)) + [0x0D, 0x0A]) == .invalid)
  }
}
