import Testing

@testable import EchoCore

@Suite("STAMP TLVs")
struct StampTLVTests {
  /// The TLVs of a message with these bytes after its base, up to the first malformed one.
  private func tlvs(_ bytes: [UInt8]) -> [StampTLV] {
    let message = [UInt8](repeating: 0xFF, count: 44) + bytes
    return message.withUnsafeBytes { message in
      var (tlvs, found) = (StampTLVs(in: message), [StampTLV]())
      while let tlv = tlvs.next(in: message) {
        found.append(tlv)
        if tlv.isMalformed { break }
      }
      return found
    }
  }

  private func tlv(
    _ type: UInt8, at offset: Int, _ value: Range<Int>, flags: UInt8 = 0x80, isOverrun: Bool = false
  ) -> StampTLV {
    StampTLV(
      offset: offset, flags: StampTLV.Flags(rawValue: flags), type: type, value: value, isOverrun: isOverrun)
  }

  @Test("have flags, a type, a length and a value")
  func walk() {
    #expect(
      tlvs([0x80, 1, 0, 2, 7, 7, 0x80, 200, 0, 0, 0x80, 4, 0, 4, 1, 2, 3, 4])
        == [tlv(1, at: 44, 48..<50), tlv(200, at: 50, 54..<54), tlv(4, at: 54, 58..<62)])
    #expect(tlvs([]).isEmpty)
  }

  @Test("end before fewer bytes than a TLV has", arguments: 1...3)
  func tail(length: Int) {
    let rest = [UInt8](repeating: 0x80, count: length)
    #expect(tlvs(rest).isEmpty)
    #expect(tlvs([0x80, 1, 0, 0] + rest) == [tlv(1, at: 44, 48..<48)])
  }

  @Test("end before a tail of zeros, which is padding")
  func padding() {
    #expect(tlvs([0, 0, 0, 0]).isEmpty)
    #expect(tlvs([0x80, 1, 0, 0] + [UInt8](repeating: 0, count: 1000)) == [tlv(1, at: 44, 48..<48)])
    // Type 0 is a type like any other if something follows.
    #expect(
      tlvs([0, 0, 0, 0, 0, 9, 0, 1, 5]) == [
        tlv(0, at: 44, 48..<48, flags: 0), tlv(9, at: 48, 52..<53, flags: 0),
      ])
    // The zeros of a value are not padding.
    #expect(tlvs([0x80, 4, 0, 4, 0, 0, 0, 0]) == [tlv(4, at: 44, 48..<52)])
  }

  @Test("are malformed if their length goes beyond the message")
  func overrun() {
    #expect(tlvs([0x80, 1, 0, 3, 7, 7]) == [tlv(1, at: 44, 48..<50, isOverrun: true)])
    #expect(tlvs([0x80, 99, 0xFF, 0xFF]) == [tlv(99, at: 44, 48..<48, isOverrun: true)])
    #expect(tlvs([0x80, 99, 0xFF, 0xFF]).first?.isMalformed == true)
    // An overrun by a tail of zeros is one, too: the header has a type.
    #expect(tlvs([0, 1, 0, 200, 0, 0, 0]).first?.isOverrun == true)
  }

  @Test(
    "are malformed if their type has another length",
    arguments: [(3, 4), (4, 4), (5, 12), (7, 16)] as [(UInt8, Int)])
  func wrongLength(type: UInt8, right: Int) {
    for length in 0...20 {
      let tlv = tlvs([0x80, type, 0, UInt8(length)] + [UInt8](repeating: 1, count: length)).first
      #expect(tlv?.isMalformed == (length != right))
    }
  }

  @Test("are found without reading any byte often, even if their zeros look like padding")
  func manyZeros() {
    // 16,000 times type 0 and length 0, and a last byte that makes none of them padding.
    let bytes = [UInt8](repeating: 0, count: 64_000) + [1]
    #expect(tlvs(bytes).count == 16_000)
  }
}
