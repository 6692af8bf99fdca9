import EchoCore
import Testing

@testable import echoc

@Suite("Latencies")
struct LatenciesTests {
  @Test("have percentiles with three significant digits, and an exact minimum, mean and maximum")
  func percentiles() {
    var latencies = Latencies()
    for value in 1...100_000 as ClosedRange<Int64> { latencies.record(value * 1000 + 7) }
    #expect(latencies.count == 100_000)
    for (percentile, expected) in [
      (50.0, 50_000_007.0), (90, 90_000_007), (99, 99_000_007), (99.9, 99_900_007),
    ] {
      #expect(abs(Double(latencies.percentile(percentile)) / expected - 1) < 0.001)
    }
    #expect(latencies.minimum == 1007 && latencies.maximum == 100_000_007 && latencies.mean == 50_000_507)
  }

  @Test("have no percentile above the maximum")
  func most() {
    var latencies = Latencies()
    latencies.record(123_456_789)
    #expect(latencies.percentile(50) == 123_456_789 && latencies.percentile(99.9) == 123_456_789)
  }

  @Test("count more than an hour as an hour, and less than nothing as nothing")
  func bounds() {
    var latencies = Latencies()
    latencies.record(.max)
    latencies.record(-1)
    #expect(latencies.maximum == Latencies.usualLimit && latencies.minimum == 0 && latencies.count == 2)
  }

  @Test("are null as JSON when there are none, otherwise numbers in the given unit")
  func json() {
    var latencies = Latencies()
    #expect(latencies.json(percentiles: [("p50", 50)], nanosecondsPerUnit: 1000) == .null)
    latencies.record(1500)
    #expect(
      latencies.json(percentiles: [("p50", 50)], nanosecondsPerUnit: 1000)
        == ["min": .number(1.5), "mean": .number(1.5), "max": .number(1.5), "p50": .number(1.5)])
  }
}
