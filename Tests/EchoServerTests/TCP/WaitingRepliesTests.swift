import Testing

@testable import EchoServer

@Suite("Replies that wait")
struct WaitingRepliesTests {
  @Test("are due in the order of their times")
  func order() {
    let replies = WaitingReplies()
    for (token, due) in [(1, 30), (2, 10), (3, 20)] as [(UInt64, Int64)] {
      replies.wait(token, until: due) { _ in true }
    }
    #expect(replies.nextDue == 10)
    let due = (0..<3).map { _ in replies.takeDue(at: 20) }
    #expect(due == [2, 3, nil] && replies.nextDue == 30)
  }

  @Test("have room until the limit, and again when one is gone, however long it would have waited")
  func room() throws {
    let replies = WaitingReplies()
    let half = WaitingReplies.byteLimit / 2 - WaitingReplies.entryBytes
    var rooms = try (0..<2).map { token in
      let room = try #require(replies.room(for: half))
      replies.wait(UInt64(token), until: 1) { _ in true }
      return room
    }
    #expect(replies.room(for: 0) == nil)
    _ = replies.takeDue(at: 1)
    replies.wait(0, until: 2) { _ in true }
    #expect(replies.room(for: 0) == nil)
    rooms.removeFirst()
    #expect(replies.room(for: half) != nil && replies.room(for: half + 1) == nil)
    withExtendedLifetime(rooms) {}
  }

  @Test("do not pile up when connections end while they wait, and the others keep their times")
  func ended() throws {
    let replies = WaitingReplies()
    let open = try #require(replies.room(for: 1))
    replies.wait(7, until: 50) { _ in true }
    for token in 100..<UInt64(10_000) {
      _ = replies.room(for: 1)
      replies.wait(token, until: 60_000) { $0 == 7 || $0 == token }
      #expect(replies.waitCount <= 2 + WaitingReplies.spareWaits + 2)
    }
    #expect(replies.nextDue == 50 && replies.takeDue(at: 50) == 7)
    withExtendedLifetime(open) {}
  }
}
