import EchoCore
import TestSupport
import Testing

@Suite("A service")
struct ServiceTests {
  /// What a service makes of a message.
  private func result(of service: Service, on message: [UInt8]) -> [UInt8] {
    var message = message
    message.withUnsafeMutableBytes { service.transform($0) }
    return message
  }

  @Test("is found by its own name and by no other", arguments: Service.all.map(\.name))
  func catalogue(name: String) throws {
    #expect(try #require(Service.named(name)).name == name)
    #expect(Service.named(name + " ") == nil && Service.named(name.uppercased()) == nil)
    #expect(name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
  }

  @Test("has a name of its own and a summary, and is the same only as itself")
  func names() {
    #expect(Service.all.map(\.name) == ["echo", "uppercase", "discard"])
    #expect(Service.all.allSatisfy { !$0.summary.isEmpty })
    #expect(Service.echo == Service.named("echo") && Service.echo != .discard)
    #expect(Service.named("") == nil)
  }

  @Test("that is not discard replies")
  func replies() {
    #expect(Service.all.filter { !$0.replies } == [.discard])
  }

  @Test("that is not uppercase leaves every byte as it is", arguments: ["echo", "discard"])
  func untouched(name: String) throws {
    let everyByte = (0...UInt8.max).map { $0 }
    #expect(result(of: try #require(Service.named(name)), on: everyByte) == everyByte)
  }
}

@Suite("Uppercase")
struct UppercaseTests {
  private func uppercase(_ message: [UInt8]) -> [UInt8] {
    var message = message
    message.withUnsafeMutableBytes { Service.uppercase.transform($0) }
    return message
  }

  @Test("turns the 26 letters a-z into A-Z, and leaves the 230 other bytes as they are")
  func everyByte() {
    for byte in 0...UInt8.max {
      let expected = byte >= 0x61 && byte <= 0x7A ? byte - 0x20 : byte
      #expect(uppercase([byte]) == [expected])
    }
    #expect(uppercase(Array("abcdefghijklmnopqrstuvwxyz".utf8)) == Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8))
  }

  @Test(
    "does so at every place of a message of any length",
    arguments: [0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 1023, 65_507])
  func lengths(length: Int) {
    let message = noise(length, seed: UInt64(length) + 1)
    #expect(uppercase(message) == inCapitals(message))
    #expect(uppercase([UInt8](repeating: 0x7A, count: length)) == [UInt8](repeating: 0x5A, count: length))
  }

  @Test("touches nothing outside of the message", arguments: 0..<17)
  func bounds(start: Int) {
    var buffer = [UInt8](repeating: UInt8(ascii: "a"), count: 100)
    let message = start..<(start + 37)
    buffer.withUnsafeMutableBytes {
      Service.uppercase.transform(UnsafeMutableRawBufferPointer(rebasing: $0[message]))
    }
    for index in buffer.indices {
      #expect(buffer[index] == UInt8(ascii: message.contains(index) ? "A" : "a"))
    }
  }

  @Test(
    "keeps text in UTF-8 valid and as long as it was",
    arguments: [
      ("Grüße, zusammen", "GRüßE, ZUSAMMEN"), ("œuvre à é", "œUVRE à é"), ("世界 hello 😀z", "世界 HELLO 😀Z"),
      ("e\u{301}", "E\u{301}"),
    ])
  func text(message: String, reply: String) {
    let bytes = uppercase(Array(message.utf8))
    #expect(String(validating: bytes, as: UTF8.self) == reply)
    #expect(bytes.count == message.utf8.count)
  }
}
