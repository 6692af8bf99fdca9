import Testing

/// It needs an idle machine, so it runs beside no other test.
@Suite("The delay of an impaired listener on an idle machine", .serialized)
struct DelayPrecisionTests {
  @Test("is exact to 2 ms", arguments: [1, 20, 100])
  func delay(milliseconds: Int) async throws {
    try await ImpairedListener.with(#""delayMilliseconds": \#(milliseconds)"#) { listener in
      let replies = try await listener.replies(to: 400, everyMilliseconds: 5)
      let expected = Double(milliseconds)
      #expect(replies.count == 400)
      #expect(replies.milliseconds(atQuantile: 0) >= expected - 1)
      #expect(replies.milliseconds(atQuantile: 0.9) <= expected + 2)
    }
  }
}
