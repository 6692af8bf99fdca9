import Addresses
import EchoCore
import Logging
import Sockets
import Testing
import TestSupport

@testable import EchoServer

@Suite("The log of drops")
struct DropLogTests {
  private static let client = Endpoint(address: .loopbackIPv4, port: 5000)

  /// Lets the body drop messages. After that the loop is stopped, which has the timer that logs them.
  private func withLog(to recorder: LogRecorder, _ body: (DropLog, Counters) throws -> Void) throws {
    let counters = Counters()
    let loop = try EventLoop(label: "test")
    defer { loop.stop() }
    try body(DropLog(counters: counters, loop: loop, logger: recorder.logger), counters)
  }

  @Test("tells the first at once, and whom it concerns")
  func first() throws {
    let recorder = LogRecorder()
    try withLog(to: recorder) { log, counters in
      log.drop(.denied, of: Self.client)
      #expect(recorder.messages.map(\.text) == ["no reply: denied 1; the last client was 127.0.0.1:5000"])
      #expect(counters.statistics[.denied] == 1)
    }
  }

  @Test("names the zone of a link-local client")
  func zone() throws {
    let recorder = LogRecorder()
    let loopback = try #require(NetworkInterface.index(of: "lo"))
    let address = try #require(IPAddress("fe80::1"))
    try withLog(to: recorder) { log, _ in
      log.drop(.denied, of: Endpoint(address: address, port: 5000, scope: loopback))
      let message = try #require(recorder.messages.first)
      #expect(message.text == "no reply: denied 1; the last client was [fe80::1%lo]:5000")
      #expect(message.metadata["client"] == "[fe80::1%lo]:5000")
    }
  }

  @Test("tells of a flood in a line, when the log was spared for a while")
  func flood() throws {
    let recorder = LogRecorder()
    try withLog(to: recorder) { log, counters in
      for number in 0..<100_000 {
        log.drop(
          number % 4 == 0 ? .denied : .rateLimited, of: Endpoint(address: .anyIPv6, port: UInt16(number % 7)))
      }
      log.drop(.sendFailed, 5, of: nil)
      #expect(recorder.messages.count == 1)
      log.flush()
      #expect(
        recorder.messages.last?.text
          == "no reply: denied 24999, rateLimited 75000, sendFailed 5; the last client was [::]:4")
      #expect(counters.statistics.droppedTotal == 100_005)
      log.flush()
      #expect(recorder.messages.count == 2)
    }
  }

  @Test("names no client of an earlier line")
  func laterLine() throws {
    let recorder = LogRecorder()
    try withLog(to: recorder) { log, _ in
      log.drop(.denied, of: Self.client)
      log.drop(.sendFailed, of: nil)
      log.flush()
      #expect(recorder.messages.map(\.text).last == "no reply: sendFailed 1")
    }
  }

  @Test("tells the first at once again after a quiet interval")
  func again() throws {
    let recorder = LogRecorder()
    try withLog(to: recorder) { log, _ in
      for _ in 0..<2 {
        log.drop(.overLimit, of: nil)
        log.flush()
      }
      #expect(recorder.messages.map(\.text) == ["no reply: overLimit 1", "no reply: overLimit 1"])
    }
  }

  @Test("hears of what either transport refuses", arguments: Transport.allCases)
  func listeners(transport: Transport) async throws {
    let recorder = LogRecorder()
    let nobody = try Prefix("192.0.2.0/24")
    try await ServerUnderTest.with([.test(transport) { $0.allow = [nobody] }], log: recorder) { echod in
      let server = try await echod.endpoint("\(transport)")
      for _ in 0..<100 {
        switch transport {
        case .udp: try PlainSocket(.udp).send([1], to: server)
        case .tcp: _ = try await PlainSocket(connectedTo: server).receiveToEnd()
        }
      }
      let areRefused = try await eventually { try await echod.statistics("\(transport)")[.denied] == 100 }
      #expect(areRefused)
    }
    let lines = recorder.messages(with: "no reply: denied ")
    #expect((1...2).contains(lines.count), "\(lines)")
    #expect(lines.first?.metadata["client"] != nil && lines.first?.metadata["listener"] == "\(transport)")
  }
}
