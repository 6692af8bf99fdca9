import Testing

@testable import echoc

/// Replies as (message from 1, the reflector's number). The messages arrived a second apart unless stated otherwise.
private struct Replies {
  var counter = StampLossCounter()
  var answered = 0

  init(_ pairs: [(Int, UInt32)] = []) {
    for (message, number) in pairs { take(message, number, at: message) }
  }

  @discardableResult
  mutating func take(
    _ message: Int, _ number: UInt32, at second: Int, isRepeated: Bool = false
  ) -> StampLossCounter.Order {
    if !isRepeated { answered += 1 }
    return counter.take(
      message, number: number, arrival: Int64(second) * 1_000_000_000, isRepeated: isRepeated)
  }

  func loss(sent: Int) -> StampLoss? { counter.loss(sent: sent, answered: answered) }
}

private let numberedReplies: [([(Int, UInt32)], Int, StampLoss)] = [
  // Nothing is lost.
  ([(1, 0), (2, 1), (3, 2)], 3, StampLoss()),
  // 2 never arrived: 3 has the number after that of 1.
  ([(1, 0), (3, 1), (4, 2)], 4, StampLoss(there: 1)),
  // 2 arrived and was numbered, and its reply was lost.
  ([(1, 0), (3, 2), (4, 3)], 4, StampLoss(back: 1)),
  // 1 and 3 never arrived, the reply to 4 was lost.
  ([(2, 0), (5, 2)], 5, StampLoss(there: 2, back: 1)),
  // 1 and 2 arrived, and the replies were lost.
  ([(3, 2)], 3, StampLoss(back: 2)),
  // Nothing came since 2.
  ([(1, 0), (2, 1)], 5, StampLoss(unknown: 3)),
  ([], 4, StampLoss(unknown: 4)),
  // The number of the reply to 2 wraps nothing: numbers begin at 0.
  ([(1, 0), (10, 1)], 10, StampLoss(there: 8)),
]

@Suite("Which way messages were lost")
struct StampLossTests {
  @Test(
    "follows from the reflector's numbers",
    arguments: numberedReplies)
  func numbers(replies: [(Int, UInt32)], sent: Int, loss: StampLoss) {
    #expect(Replies(replies).loss(sent: sent) == loss)
  }

  @Test("is not confused by replies that overtake others on the way back")
  func reorderedBack() {
    var replies = Replies([(1, 0)])
    let orders = [
      replies.take(3, 2, at: 3), replies.take(2, 1, at: 2), replies.take(5, 3, at: 5),
    ]
    #expect(
      orders == [.init(), .init(isLateThere: false, isLateBack: true), .init()])
    #expect(replies.loss(sent: 5) == StampLoss(there: 1) && replies.counter.restarts == 0)
  }

  @Test("is not confused by messages that overtake others on the way there")
  func reorderedThere() {
    var replies = Replies([(1, 0)])
    // 3 arrived before 2.
    let orders = [replies.take(3, 1, at: 2), replies.take(2, 2, at: 3), replies.take(4, 3, at: 4)]
    #expect(orders == [.init(), .init(isLateThere: true, isLateBack: false), .init()])
    #expect(replies.loss(sent: 4) == StampLoss())
  }

  @Test("is not confused by messages that arrive twice")
  func duplicates() {
    var replies = Replies([(1, 0), (2, 1)])
    replies.take(2, 2, at: 2, isRepeated: true)
    #expect(replies.loss(sent: 2) == StampLoss())
    // 3 is lost on the way there, the reply to 4 on the way back.
    replies.take(5, 4, at: 5)
    #expect(replies.loss(sent: 5) == StampLoss(there: 1, back: 1))
  }

  @Test("counts no message twice if a further reply to it was lost")
  func lostDuplicate() {
    // 2 arrived twice, and the reply with number 2 was lost: one number never came, but no message was lost.
    let replies = Replies([(1, 0), (2, 1), (3, 3)])
    #expect(replies.loss(sent: 4)?.there == 0)
    #expect(Replies([(1, 0), (2, 1), (3, 2)]).loss(sent: 3) == StampLoss())
  }

  @Test("is known when the numbers wrap")
  func wrap() {
    var replies = Replies()
    let first = Int(UInt32.max) - 1
    // As if everything before had been answered.
    replies.take(first, UInt32.max - 2, at: 1)
    replies.take(first + 1, UInt32.max - 1, at: 2)
    replies.take(first + 3, .max, at: 4)
    replies.take(first + 4, 0, at: 5)
    replies.take(first + 6, 2, at: 6)
    #expect(replies.counter.restarts == 0)
    let answeredBefore = first - 1
    #expect(
      replies.counter.loss(sent: first + 6, answered: answeredBefore + 5) == StampLoss(there: 1, back: 1))
  }

  @Test("is known before and after a restart of the reflector's count")
  func restart() {
    // 2 is lost there, the reply to 4 back.
    var replies = Replies([(1, 0), (3, 1), (5, 3)])
    // The reflector restarts. It gets 8, whose reply is lost, and 9. What happened to 6 and 7 is unknown.
    replies.take(9, 1, at: 9)
    // 10 is lost there.
    replies.take(11, 2, at: 11)
    #expect(replies.counter.restarts == 1)
    #expect(replies.loss(sent: 11) == StampLoss(there: 2, back: 2, unknown: 2))
  }

  @Test("assigns a late reply from before a restart to its era")
  func lateReply() {
    var replies = Replies([(1, 0), (2, 1)])
    replies.take(4, 0, at: 4)
    let order = replies.take(3, 2, at: 3)
    #expect(order == .init(isLateThere: false, isLateBack: true))
    #expect(replies.counter.restarts == 1 && replies.loss(sent: 4) == StampLoss())
  }

  @Test("takes a restart for one even if the reflector has forgotten the time")
  func restartWithoutClock() {
    var replies = Replies()
    for (message, number, second) in [(1, 0, 1000), (2, 1, 1001), (4, 0, 5)] {
      replies.take(message, UInt32(number), at: second)
    }
    // A late reply from before, then the new count goes on.
    replies.take(3, 2, at: 1002)
    replies.take(5, 1, at: 6)
    #expect(replies.counter.restarts == 1 && replies.loss(sent: 5) == StampLoss())
  }

  @Test("is known if the reflector's clock is set back after a restart")
  func clockStepAfterRestart() {
    var replies = Replies([(1, 0), (2, 1), (3, 2), (4, 0), (5, 1)])
    // 7 is lost there, the reply to 8 back.
    for (message, number) in [(6, 2), (9, 4), (10, 5)] {
      replies.take(message, UInt32(number), at: message - 1000)
    }
    #expect(replies.counter.restarts == 1 && replies.loss(sent: 10) == StampLoss(there: 1, back: 1))
  }

  @Test("sees no restart where a stateless reflector gets messages in another order")
  func statelessReordering() {
    var replies = Replies()
    for (message, number, second) in [(1, 0, 1), (3, 2, 2), (2, 1, 3)] {
      replies.take(message, UInt32(number), at: second)
    }
    #expect(replies.counter.restarts == 0 && !replies.counter.hasOwnNumbers)
  }

  @Test("is known even if the count restarts for each message")
  func restartsEachTime() {
    let replies = Replies((1...20).map { ($0, 0) })
    #expect(replies.counter.restarts == 19 && replies.loss(sent: 21) == StampLoss(unknown: 1))
  }

  @Test("is unknown if the numbers are higher than possible")
  func foreignNumbers() {
    #expect(Replies([(1, 1000), (2, 1005)]).loss(sent: 2) == nil)
    #expect(Replies([(1, .max)]).loss(sent: 1) == nil)
  }

  @Test("is consistent whatever the numbers are")
  func anything() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      var replies = Replies()
      let sent = Int.random(in: 1...50, using: &generator)
      for message in (1...sent).shuffled() where Bool.random() {
        let number = Bool.random() ? UInt32.random(in: 0...60) : .random(in: 0 ... .max)
        replies.take(message, number, at: .random(in: 0...60))
        if Bool.random() { replies.take(message, number &+ 1, at: .random(in: 0...60), isRepeated: true) }
      }
      guard let loss = replies.loss(sent: sent) else { continue }
      #expect(loss.there >= 0 && loss.back >= 0 && loss.unknown >= 0)
      #expect(loss.there + loss.back + loss.unknown == sent - replies.answered)
    }
  }
}
