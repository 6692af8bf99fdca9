import Histogram

/// Latencies in nanoseconds.
///
/// Percentiles come from an HDR histogram, with 3 significant digits over the whole range. The minimum, the mean and the
/// maximum are exact.
struct Latencies: Distribution, Sendable {
  /// An hour.
  static let usualLimit: Int64 = 3_600_000_000_000

  private let limit: Int64
  private var histogram: Histogram<UInt64>
  private var sum = 0.0
  /// The minimum; 0 when there is none.
  private(set) var minimum: Int64 = 0
  /// The maximum; 0 when there is none.
  private(set) var maximum: Int64 = 0

  /// Makes an empty collection. A latency longer than the limit counts as that.
  init(limit: Int64 = usualLimit) {
    self.limit = limit
    histogram = Histogram(
      highestTrackableValue: UInt64(limit), numberOfSignificantValueDigits: .three)
  }

  /// How many there are.
  var count: Int { Int(histogram.totalCount) }

  /// The mean; 0 when there is none.
  var mean: Int64 { count == 0 ? 0 : Int64(sum / Double(count)) }

  /// Adds one.
  mutating func record(_ nanoseconds: Int64) {
    let value = min(max(0, nanoseconds), limit)
    if value < minimum || count == 0 { minimum = value }
    if value > maximum { maximum = value }
    sum += Double(value)
    histogram.record(UInt64(truncatingIfNeeded: value))
  }

  /// Calls a body with each latency, to three significant digits, and how often it occurred.
  func forEach(_ body: (Int64, Int) -> Void) {
    for recorded in histogram.recordedValues() {
      body(Int64(recorded.value), Int(recorded.count))
    }
  }

  /// A percentile, from 0 to 100; 0 when there is none.
  func percentile(_ percentile: Double) -> Int64 {
    count == 0 ? 0 : min(Int64(histogram.valueAtPercentile(percentile)), maximum)
  }
}
