import Testing

@testable import echoc

@Suite("A ping's statistics")
struct PingStatisticsTests {
  @Test("take replies in any order, each with the time of its own message")
  func order() {
    let desk = Desk(bytes: 8)
    desk.send(at: 100)
    desk.send(at: 200)
    #expect(desk.judge(replyTo: 2, at: 250) == .reply(2, nanoseconds: 50))
    #expect(desk.statistics.received == 1 && desk.statistics.lossPercent == 50)
    #expect(desk.judge(replyTo: 1, at: 260) == .reply(1, nanoseconds: 160))
    #expect(desk.statistics.received == 2 && desk.statistics.lossPercent == 0)
    #expect(desk.statistics.latencies.minimum == 50 && desk.statistics.latencies.maximum == 160)
  }

  @Test("count a second reply as a duplicate and not as received")
  func duplicate() {
    let desk = Desk(bytes: 8)
    desk.send(at: 0)
    #expect(desk.judge(replyTo: 1, at: 1) == .reply(1, nanoseconds: 1))
    #expect(desk.judge(replyTo: 1, at: 2) == .duplicate(1, nanoseconds: 2))
    #expect(desk.statistics.received == 1 && desk.statistics.duplicates == 1)
  }

  @Test("count what was not sent as wrong")
  func unknown() {
    let desk = Desk(bytes: 12)
    desk.send(at: 0)
    #expect(desk.judge(replyTo: 2, at: 1) == .wrong(nil, .unknownNumber))
    #expect(desk.judge([1], at: 1) == .wrong(nil, .length(1, expected: 12)))
    var changed = desk.messages.message(1)
    let last = changed[11]
    changed[11] = 0
    #expect(desk.judge(changed, at: 1) == .wrong(1, .byte(11, 0, expected: last)))
    #expect(desk.statistics.wrong == 3 && desk.statistics.received == 0)
  }

  @Test("match a reply with a part of its number to the newest unanswered message with these bits")
  func shortNumbers() {
    let desk = Desk(bytes: 1)
    for _ in 0..<20 { desk.send(at: 0) }
    #expect(desk.judge(replyTo: 17, at: 1) == .reply(17, nanoseconds: 1))
    #expect(desk.judge(replyTo: 17, at: 2) == .reply(1, nanoseconds: 2))
    #expect(desk.judge(replyTo: 17, at: 3) == .duplicate(17, nanoseconds: 3))
  }

  @Test("forget the oldest message, whose reply is then unknown")
  func memory() {
    let desk = Desk(bytes: 8)
    for _ in 0...PingStatistics.memory { desk.send(at: 0) }
    #expect(desk.judge(replyTo: 1, at: 1) == .wrong(nil, .unknownNumber))
    #expect(desk.judge(replyTo: 2, at: 1) == .reply(2, nanoseconds: 1))
  }

  @Test("count a reply that comes after the reply to a later message as reordered, but not a duplicate")
  func reordered() {
    let desk = Desk(bytes: 8)
    for time in 1...3 { desk.send(at: Int64(time)) }
    for message in [2, 1, 3] { _ = desk.judge(replyTo: UInt32(message), at: 10) }
    _ = desk.judge(replyTo: 1, at: 11)
    #expect(desk.statistics.reordered == 1 && desk.statistics.duplicates == 1)
    #expect(desk.statistics.received == 3)
  }

  @Test("know the longest outage, even of messages that they have forgotten")
  func outage() {
    let desk = Desk(bytes: 8)
    for time in 1...4 { desk.send(at: Int64(time) * 100) }
    for message in [1, 4] { _ = desk.judge(replyTo: UInt32(message), at: 1000) }
    #expect(desk.statistics.longestOutage(until: 1000) == 200)
    for _ in 0..<PingStatistics.memory {
      desk.send(at: 400)
      _ = desk.judge(replyTo: UInt32(desk.statistics.sent), at: 1000)
    }
    #expect(desk.statistics.longestOutage(until: 1000) == 200)
    desk.send(at: 1000)
    #expect(desk.statistics.longestOutage(until: 1300) == 300)
  }

  /// Statistics and the messages that they count.
  private final class Desk {
    var statistics = PingStatistics()
    let messages: PingMessages

    init(bytes: Int) { messages = PingMessages(bytes: bytes) }

    func send(at now: Int64) { statistics.start(statistics.begin(at: now), at: now) }

    func judge(replyTo message: UInt32, at now: Int64) -> PingStatistics.Verdict {
      judge(messages.message(message), at: now)
    }

    func judge(_ datagram: [UInt8], at now: Int64) -> PingStatistics.Verdict {
      statistics.judge(datagram[...], of: messages, at: now)
    }
  }
}
