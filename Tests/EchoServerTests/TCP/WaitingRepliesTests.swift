import Testing

@testable import EchoServer

@Suite("Replies that wait")
struct WaitingRepliesTests {
  @Test("are due in the order of their times")
  func order() {
    let replies = WaitingReplies()
    for (token, due) in [(1, 30), (2, 10), (3, 20)] as [(UInt64, Int64)] { replies.wait(token, until: due) }
    #expect(replies.nextDue == 10)
    let due = (0..<3).map { _ in replies.takeDue(at: 20) }
    #expect(due == [2, 3, nil] && replies.nextDue == 30)
  }

  @Test("have room until the limit, and again when one is gone, however often it waited")
  func room() throws {
    let replies = WaitingReplies()
    let half = WaitingReplies.byteLimit / 2 - WaitingReplies.entryBytes
    var rooms = try (0..<2).map { token in
      let room = try #require(replies.room(for: half))
      replies.wait(UInt64(token), until: 1)
      return room
    }
    #expect(replies.room(for: 1) == nil)
    _ = replies.takeDue(at: 1)
    replies.wait(0, until: 2)
    #expect(replies.room(for: 1) == nil)
    rooms.removeFirst()
    #expect(replies.room(for: 1) != nil)
    #expect(replies.room(for: half) == nil)
    _ = replies.takeDue(at: 2)
    #expect(replies.room(for: half) != nil)
    withExtendedLifetime(rooms) {}
  }
}
