import Testing

@testable import echoc

@Suite("A ping's message")
struct PingMessagesTests {
  @Test(
    "has its size, begins with its number, and differs from the next one",
    arguments: [0, 1, 7, 8, 9, 56, 65_507])
  func message(bytes: Int) {
    let messages = PingMessages(bytes: bytes)
    let message = messages.message(0x21)
    #expect(message.count == bytes)
    #expect(message.starts(with: Array("BCAAAAAA".utf8).prefix(bytes)))
    #expect(messages.number(in: message[...]) == 0x21 & MessageNumber.mask(forBytes: bytes))
    #expect((messages.message(0x22) != message) == (bytes > 0))
  }

  @Test("is its own correct reply, wherever it lies in memory")
  func correct() {
    let messages = PingMessages(bytes: 56)
    let buffer = [0, 0, 0] + messages.message(5)
    #expect(messages.fault(in: buffer[3...], to: 5) == nil)
  }

  @Test("is not a correct reply with a byte changed, missing or added")
  func wrong() {
    let messages = PingMessages(bytes: 56)
    let message = messages.message(5)
    var changed = message
    changed[55] = UInt8(ascii: "?")
    #expect(messages.fault(in: changed[...], to: 5) == .byte(55, 0x3F, expected: message[55]))
    #expect(messages.fault(in: message.dropLast(), to: 5) == .length(55, expected: 56))
    #expect(messages.fault(in: (message + [0])[...], to: 5) == .length(57, expected: 56))
  }
}
