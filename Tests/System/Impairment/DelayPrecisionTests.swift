import Testing

@Suite("The precision of an impaired listener's delay", .serialized)
struct DelayPrecisionTests {
  /// How often the machine may be too busy to tell.
  private static let rounds = 30

  @Test("is 2 ms for the replies that no other work holds up", arguments: [1, 20, 100])
  func delay(milliseconds: Int) async throws {
    try await ImpairedListener.with(#""delayMilliseconds": \#(milliseconds)"#) { listener in
      let expected = Double(milliseconds)
      var best = Double.infinity
      for _ in 1...Self.rounds where best > expected + 2 {
        let replies = try await listener.replies(to: 200, everyMilliseconds: 5)
        #expect(replies.count == 200)
        #expect(replies.milliseconds(atQuantile: 0) >= expected - 1)
        best = min(best, replies.milliseconds(atQuantile: 0.1))
      }
      #expect(best <= expected + 2)
    }
  }
}
