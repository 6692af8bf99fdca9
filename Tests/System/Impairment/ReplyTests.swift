import Testing
import TestSupport

@Suite("The replies of an impaired listener")
struct ReplyTests {
  @Test("have exactly one bit flipped if they are corrupted")
  func corrupt() async throws {
    try await ImpairedListener.with(#""corruptPercent": 100"#) { listener in
      let client = try PlainSocket(.udp)
      var places: Set<Int> = []
      for number in 0..<100 {
        let message = noise(1 + number * 14, seed: UInt64(number))
        try client.send(message, to: listener.endpoint)
        let reply = try await client.receiveDatagram().bytes
        try #require(reply.count == message.count)
        let flipped = zip(message, reply).enumerated().filter { $1.0 != $1.1 }
        #expect(flipped.count == 1 && flipped.allSatisfy { ($1.0 ^ $1.1).nonzeroBitCount == 1 })
        places.formUnion(flipped.map(\.offset))
      }
      #expect(places.count > 50)
      try client.send([], to: listener.endpoint)
      #expect(try await client.receiveDatagram().bytes == [])
    }
  }

  @Test("come twice if they are duplicated, and no more than twice")
  func duplicate() async throws {
    try await ImpairedListener.with(#""duplicatePercent": 100"#) { listener in
      let client = try PlainSocket(.udp)
      for number in 0..<50 {
        let message = noise(number * 20, seed: UInt64(number))
        try client.send(message, to: listener.endpoint)
        for _ in 0..<2 { #expect(try await client.receiveDatagram().bytes == message) }
      }
      let figures = try await listener.figures()
      #expect(!client.hasInput())
      #expect(figures.messages.received == 50 && figures.impaired?["duplicated"] == 50)
    }
  }

  @Test("overtake those that wait if they are reordered")
  func reorder() async throws {
    // So long that a pause on a busy machine does not make an early reply late.
    let impair = #""seed": 3, "delayMilliseconds": 3000, "reorderPercent": 50"#
    try await ImpairedListener.with(impair) { listener in
      let replies = try await listener.replies(to: 40)
      #expect(replies.map(\.number).sorted() == Array(0..<40))
      let late = replies.filter { $0.milliseconds >= 2999 }
      let early = replies.filter { $0.milliseconds < 2999 }
      #expect(early.count > 8 && late.count > 8)
      #expect(replies == early + late)
      #expect(early.map(\.number) == early.map(\.number).sorted())
      #expect(late.map(\.number) == late.map(\.number).sorted())
      let impaired = try #require(try await listener.figures().impaired)
      #expect(impaired["reordered"] == early.count && impaired["delayed"] == late.count)
    }
  }

  @Test("leave no faster than the pace, and not at all if they would wait for more than a second")
  func pace() async throws {
    try await ImpairedListener.with(#""bytesPerSecond": 1000"#) { listener in
      let replies = try await listener.replies(to: 30, byteCount: 100, patienceMilliseconds: 4000)
      #expect(replies.map(\.number) == Array(0..<replies.count))
      // A reply takes 100 ms. On a busy machine a few leave before the last message arrives.
      #expect(replies.count >= 10 && replies.count < 20)
      for reply in replies { #expect(reply.milliseconds >= Double(reply.number) * 100 - 100) }
      let figures = try await listener.figures()
      #expect(figures.dropped.impaired == 30 - replies.count && figures.messages.sent == replies.count)
      // Another client has a line of its own.
      #expect(try await listener.replies(to: 5, byteCount: 100).count == 5)
    }
  }
}
