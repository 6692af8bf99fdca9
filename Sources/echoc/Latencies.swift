import EchoCore
import Histogram

/// How long replies took, in nanoseconds.
///
/// Percentiles come from an HDR histogram: they are right to 3 significant digits, whatever the range. The least, the
/// mean and the most are exact.
struct Latencies: Sendable {
  /// An hour; what took longer is counted as that.
  static let limit: Int64 = 3_600_000_000_000

  private var histogram = Histogram<UInt64>(
    highestTrackableValue: UInt64(limit), numberOfSignificantValueDigits: .three)
  private var sum = 0.0
  /// The least; 0 when there is none.
  private(set) var least: Int64 = 0
  /// The most; 0 when there is none.
  private(set) var most: Int64 = 0

  /// How many there are.
  var count: Int { Int(histogram.totalCount) }

  /// The mean; 0 when there is none.
  var mean: Int64 { count == 0 ? 0 : Int64(sum / Double(count)) }

  /// Takes one down.
  mutating func record(_ nanoseconds: Int64) {
    let value = min(max(0, nanoseconds), Self.limit)
    if value < least || count == 0 { least = value }
    if value > most { most = value }
    sum += Double(value)
    histogram.record(UInt64(truncatingIfNeeded: value))
  }

  /// What so many of a hundred did not exceed; 0 when there is none.
  func percentile(_ percentile: Double) -> Int64 {
    count == 0 ? 0 : min(Int64(histogram.valueAtPercentile(percentile)), most)
  }
}

extension Latencies {
  /// Least, mean, most and percentiles in a unit of so many nanoseconds; `null` when there is none.
  func json(percentiles: [(name: String, value: Double)], nanosecondsPerUnit unit: Double) -> JSONValue {
    guard count > 0 else { return .null }
    let extremes = [("min", least), ("mean", mean), ("max", most)]
    let values = extremes + percentiles.map { ($0.name, percentile($0.value)) }
    return .object(values.map { JSONValue.Member($0.0, .number(Double($0.1) / unit)) })
  }
}
