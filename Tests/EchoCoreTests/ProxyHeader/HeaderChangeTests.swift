import EchoCore
import Testing

/// Wrong bytes, wherever they are, are refused, or read as a second reader reads them.
@Suite("A PROXY header with a wrong byte")
struct HeaderChangeTests {
  @Test("is refused or read correctly, alone and before a message", arguments: HeaderFixture.all)
  func anyByte(fixture: HeaderFixture) {
    eachChange(of: fixture) { bytes, index in
      let (reading, plain) = (read(bytes), plainReading(bytes))
      // The second reader waits for the end of a line.
      let isEarly = fixture.version == 1 && reading == .invalid && plain == .incomplete
      #expect(reading == plain || isEarly, "byte \(index) was \(bytes[index])")
      let followed = bytes + fixture.bytes
      #expect(read(followed) == plainReading(followed), "byte \(index) was \(bytes[index])")
    }
  }

  @Test("names no other client, unless the byte is the client's", arguments: HeaderFixture.all)
  func otherClients(fixture: HeaderFixture) {
    let place = placeOfAddresses(fixture)
    eachChange(of: fixture) { bytes, index in
      guard let source = read(bytes + fixture.bytes).header?.source else { return }
      #expect(source == fixture.source || place(index), "byte \(index) was \(bytes[index])")
    }
  }

  @Test("and a checksum names nobody else", arguments: HeaderFixture.all.filter(\.hasChecksum))
  func checksum(fixture: HeaderFixture) throws {
    let typeOfChecksum = fixture.bytes[13] == 0x11 ? 28 : 52
    try #require(fixture.bytes[typeOfChecksum...].starts(with: [3, 0, 4]))
    eachChange(of: fixture) { bytes, index in
      guard let header = read(bytes + fixture.bytes).header else { return }
      // A LOCAL, or a header without a family, means the peer. Otherwise the checksum is no longer there: it lost its
      // type, or the header ends before it.
      let isGone = header.byteCount == typeOfChecksum || bytes[typeOfChecksum] != 3
      #expect(
        header.source == nil || isGone && header.source == fixture.source, "byte \(index) was \(bytes[index])"
      )
    }
  }

  /// Where a byte says who the client is: the addresses and ports, and the command and family before them.
  private func placeOfAddresses(_ fixture: HeaderFixture) -> (Int) -> Bool {
    let bytes = fixture.bytes
    if fixture.version == 1 { return { (11..<bytes.count - 2).contains($0) && fixture.source != nil } }
    let sizes = [0x11: 12, 0x12: 12, 0x21: 36, 0x22: 36]
    let size = sizes[Int(bytes[13])] ?? 0
    return { (12...13).contains($0) || (16..<16 + size).contains($0) }
  }

  /// Calls a body for each byte and each other value: for bytes after the first 16, each other bit and values that
  /// have a meaning.
  private func eachChange(of fixture: HeaderFixture, _ body: ([UInt8], Int) -> Void) {
    let meaningful: [UInt8] = Array("\0 \r\n.:019aFf".utf8) + [0xFF, 0x20, 0x7F, 0x03, 0x05]
    for (index, byte) in fixture.bytes.enumerated() {
      let values =
        index < 16
        ? Array(UInt8.min...UInt8.max)
        : (0..<8).map { byte ^ 1 << $0 } + meaningful + [byte &+ 1, byte &- 1]
      for value in Set(values) where value != byte {
        var bytes = fixture.bytes
        bytes[index] = value
        body(bytes, index)
      }
    }
  }
}
