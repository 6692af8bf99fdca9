import Testing

@testable import echoc

@Suite("A message's number")
struct MessageNumberTests {
  @Test(
    "travels as letters from A to P, the lowest bits first",
    arguments: [
      (0, "AAAAAAAA"), (1, "BAAAAAAA"), (0x10, "ABAAAAAA"), (0xFEDC_BA98, "IJKLMNOP"),
      (UInt32.max, "PPPPPPPP"),
    ])
  func letters(number: UInt32, text: String) {
    let letters = withUnsafeBytes(of: MessageNumber.letters(of: number)) { Array($0) }
    #expect(letters == Array(text.utf8))
    #expect(MessageNumber.number(of: MessageNumber.letters(of: number)) == number)
  }

  @Test(
    "is missing when a letter is not from A to P",
    arguments: ["QAAAAAAA", "@AAAAAAA", "AAAA@AAA", "aAAAAAAA", "AAAAAAA\u{0}", "AAAAAAAa", "\u{7F}AAAAAAA"])
  func none(text: String) {
    let number = Array(text.utf8).withUnsafeBytes { MessageNumber.number(in: $0) }
    #expect(number == nil)
  }

  @Test(
    "is carried in part by a message that has no room for more",
    arguments: [("", 0, 0), ("B", 1, 0xF), ("BC", 0x21, 0xFF), ("BAAAAAAAXYZ", 1, UInt32.max)])
  func short(message: String, number: UInt32, mask: UInt32) {
    let read = Array(message.utf8).withUnsafeBytes { MessageNumber.number(in: $0) }
    #expect(read == number)
    #expect(MessageNumber.mask(forBytes: message.utf8.count) == mask)
  }
}
