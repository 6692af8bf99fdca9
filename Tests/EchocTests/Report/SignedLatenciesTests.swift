import Testing

@testable import echoc

@Suite("Times that can be negative")
struct SignedLatenciesTests {
  @Test("are never clamped, and have exact extremes and mean")
  func negative() {
    var times = SignedLatencies()
    for value: Int64 in [-3_000_000, 1_000_000, -1_000_000] { times.record(value) }
    #expect(times.minimum == -3_000_000 && times.maximum == 1_000_000 && times.mean == -1_000_000)
    #expect(times.count == 3)
  }

  @Test("have percentiles below and above the first value")
  func percentiles() {
    var times = SignedLatencies()
    // 50, then 0 to 49 and 51 to 100, in microseconds less 60.
    for value in [50] + Array(0..<50) + Array(51...100) { times.record(Int64(value - 60) * 1000) }
    let expected: [(Double, Int64)] = [(0, -60), (10, -50), (50, -10), (90, 30), (99, 39), (100, 40)]
    for (percentile, expected) in expected {
      #expect(abs(times.percentile(percentile) - expected * 1000) <= 1100, "\(percentile)")
    }
  }

  @Test("have accurate percentiles even if the clocks are years apart")
  func farApart() {
    var times = SignedLatencies()
    let years: Int64 = 1_500_000_000_000_000_000
    for value: Int64 in [20_000, 10_000, 30_000] { times.record(value - years) }
    #expect(times.percentile(50) == 20_000 - years && times.minimum == 10_000 - years)
    #expect(times.percentile(100) == 30_000 - years)
  }

  @Test("have accurate percentiles even if a clock is set by years meanwhile")
  func leaps() {
    var times = SignedLatencies()
    let years: Int64 = 1_500_000_000_000_000_000
    for value in [0, -years, years, years, years] { times.record(value) }
    #expect(times.percentile(20) == -years && times.percentile(40) == 0)
    #expect(abs(times.percentile(60) - years) <= years / 1000 && times.percentile(100) == years)
  }

  @Test("never trap, whatever the value")
  func extremes() {
    var times = SignedLatencies()
    for value: Int64 in [.min, .max, 0, -1, .max, .min] { times.record(value) }
    #expect(times.minimum == .min && times.maximum == .max)
    _ = (times.mean, times.percentile(50), times.json(percentiles: [("p50", 50)], nanosecondsPerUnit: 1))
    #expect(SignedLatencies().percentile(50) == 0 && SignedLatencies().mean == 0)
  }
}
