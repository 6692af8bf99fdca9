import Testing
import TestSupport

/// No reply may be early. On a busy machine replies are late; `DelayPrecisionTests` looks at those that are not.
@Suite("The delay of an impaired listener")
struct DelayTests {
  private static let busyMilliseconds = 15_000.0

  @Test("is that of the file for each reply")
  func delay() async throws {
    try await ImpairedListener.with(#""delayMilliseconds": 50"#) { listener in
      let replies = try await listener.replies(to: 200, everyMilliseconds: 3)
      #expect(replies.map(\.number) == Array(0..<200))
      #expect(replies.milliseconds(atQuantile: 0) >= 49)
      #expect(replies.milliseconds(atQuantile: 0.5) <= 50 + Self.busyMilliseconds)
      let figures = try await listener.figures()
      #expect(figures.impaired?["delayed"] == 200 && figures.dropped.total == 0)
    }
  }

  @Test("varies uniformly by the jitter, in both directions")
  func jitter() async throws {
    let impair = #""seed": 1, "delayMilliseconds": 100, "jitterMilliseconds": 80"#
    try await ImpairedListener.with(impair) { listener in
      let replies = try await listener.replies(to: 400, everyMilliseconds: 5)
      #expect(replies.count == 400)
      #expect(
        replies.milliseconds(atQuantile: 0) >= 19
          && replies.milliseconds(atQuantile: 0) <= 40 + Self.busyMilliseconds)
      // A quantile of 400 draws strays by 4 ms; five times as much is allowed.
      for (quantile, expected) in [(0.1, 36.0), (0.25, 60), (0.5, 100), (0.75, 140), (0.9, 164)] {
        let found = replies.milliseconds(atQuantile: quantile)
        #expect(found >= expected - 20 && found <= expected + 20 + Self.busyMilliseconds)
      }
      #expect(replies.map(\.number) != Array(0..<400), "jitter reorders replies")
    }
  }

  @Test("is waited for over TCP too, and the order stays")
  func connection() async throws {
    let impair = #""delayMilliseconds": 60, "jitterMilliseconds": 20"#
    try await ImpairedListener.with(impair, transport: "tcp") { listener in
      let client = try PlainSocket(connectedTo: listener.endpoint)
      let start = ContinuousClock.now
      for number in 0..<5 {
        try await client.send(Array("message \(number)".utf8))
        #expect(try await client.receive(exactly: 9) == Array("message \(number)".utf8))
      }
      #expect(ContinuousClock.now - start >= .milliseconds(5 * 39))
      #expect(try await listener.figures().impaired?["delayed"] == 5)
    }
  }
}
