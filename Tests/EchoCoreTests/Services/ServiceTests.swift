import Addresses
import TestSupport
import Testing

@testable import EchoCore

@Suite("A service")
struct ServiceTests {
  /// What a service answers to a message.
  private func reply(of service: Service, to message: [UInt8]) -> [UInt8]? {
    var room = message
    let answer = room.withUnsafeMutableBytes {
      service.makeResponder(.test).answer(.test(in: $0, message.count))
    }
    guard case .reply(let byteCount, 0, nil) = answer else { return nil }
    return Array(room[..<byteCount])
  }

  @Test("is found by its own name and by no other", arguments: Service.all.map(\.name))
  func catalogue(name: String) throws {
    #expect(try #require(Service.named(name)).name == name)
    #expect(Service.named(name + " ") == nil && Service.named(name.uppercased()) == nil)
    #expect(name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
  }

  @Test("has a name of its own and a summary, and is the same only as itself")
  func names() {
    #expect(Service.all.map(\.name) == ["echo", "uppercase", "discard", "identify", "stamp"])
    #expect(Service.all.allSatisfy { !$0.summary.isEmpty })
    #expect(Service.named("echo")?.name == Service.echo.name)
    #expect(Service.named("") == nil)
  }

  @Test("that is not discard replies")
  func replies() {
    #expect(Service.all.filter { !$0.replies }.map(\.name) == ["discard"])
  }

  @Test("is offered over either transport, or over those that it names")
  func transports() {
    #expect([Service.echo, .uppercase, .discard].allSatisfy { $0.transports == [.udp, .tcp] })
    let datagramsOnly = Service(name: "datagrams", summary: "", transports: [.udp]) { _ in
      fatalError("never made")
    }
    #expect(datagramsOnly.problem(over: .udp) == nil)
    #expect(datagramsOnly.problem(over: .tcp) == "datagrams is not available over tcp")
  }

  @Test("that echoes sends every byte back as it is, and one that discards sends nothing")
  func everyByte() {
    let everyByte = (0...UInt8.max).map { $0 }
    #expect(reply(of: .echo, to: everyByte) == everyByte && reply(of: .echo, to: []) == [])
    #expect(reply(of: .discard, to: everyByte) == nil)
  }
}

extension ResponderSetting {
  fileprivate static let test = ResponderSetting(
    listener: ListenerConfiguration(
      name: "test", transport: .udp, address: .loopbackIPv4, port: 0, service: "echo"),
    hostName: "echo-server")
}

extension ServiceRequest {
  /// A message that stands at the beginning of some room.
  fileprivate static func test(in room: UnsafeMutableRawBufferPointer, _ byteCount: Int) -> ServiceRequest {
    ServiceRequest(room: room, byteCount: byteCount, client: nil, local: nil, arrival: 0)
  }
}

@Suite("Uppercase")
struct UppercaseTests {
  private func uppercase(_ message: [UInt8]) -> [UInt8] {
    var message = message
    let answer = message.withUnsafeMutableBytes {
      Service.uppercase.makeResponder(.test).answer(.test(in: $0, $0.count))
    }
    #expect(answer == .reply(byteCount: message.count))
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
    let answer = buffer.withUnsafeMutableBytes {
      let room = UnsafeMutableRawBufferPointer(rebasing: $0[start...])
      return Service.uppercase.makeResponder(.test).answer(.test(in: room, message.count))
    }
    #expect(answer == .reply(byteCount: message.count))
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
