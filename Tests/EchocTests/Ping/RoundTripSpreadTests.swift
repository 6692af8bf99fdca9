import Testing

@testable import echoc

@Suite("How much round trips vary")
struct RoundTripSpreadTests {
  @Test("is 0 without any, and for one")
  func none() {
    var spread = RoundTripSpread()
    #expect(spread.deviation == 0 && spread.jitter == 0 && spread.movingAverage == 0)
    spread.record(500)
    #expect(spread.deviation == 0 && spread.jitter == 0 && spread.movingAverage == 500)
  }

  @Test("is their standard deviation, as ping(8) computes it")
  func deviation() {
    var spread = RoundTripSpread()
    for value: Int64 in [2, 4, 4, 4, 5, 5, 7, 9] { spread.record(1_000_000_000 + value) }
    #expect(abs(spread.deviation - 2) < 1e-6)
  }

  @Test("is the jitter of RFC 3550: an average of the differences, with a gain of 1/16")
  func jitter() {
    var spread = RoundTripSpread()
    for value: Int64 in [100, 116, 100] { spread.record(value) }
    // 16/16 is 1, and then 1 + (16 - 1)/16.
    #expect(spread.jitter == 1.9375)
  }

  @Test("has a moving average with a gain of 1/8")
  func movingAverage() {
    var spread = RoundTripSpread()
    for value: Int64 in [100, 180] { spread.record(value) }
    #expect(spread.movingAverage == 110)
  }
}
