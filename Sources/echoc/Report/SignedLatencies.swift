/// Times in nanoseconds that can be negative, such as those from one clock to another.
///
/// The minimum, the mean and the maximum are exact. The distance of a percentile from the first value has 3 significant
/// digits, so percentiles are accurate even if the clocks are far apart.
struct SignedLatencies: Distribution, Sendable {
  /// More than two timestamps can differ by: they are read as times within 68 years of each other.
  private static let distanceLimit: Int64 = 1 << 62

  /// The first value, from which the others are counted.
  private var first: Int64 = 0
  private var above = Latencies(limit: distanceLimit)
  private var below = Latencies(limit: distanceLimit)
  /// Sum of the distances from the first value.
  private var sum = 0.0
  /// How many there are.
  private(set) var count = 0
  /// The minimum; 0 when there is none.
  private(set) var minimum: Int64 = 0
  /// The maximum; 0 when there is none.
  private(set) var maximum: Int64 = 0

  /// The mean; 0 when there is none.
  var mean: Int64 { count == 0 ? 0 : first &+ Int64(sum / Double(count)) }

  /// Adds one.
  mutating func record(_ nanoseconds: Int64) {
    if count == 0 { (first, minimum, maximum) = (nanoseconds, nanoseconds, nanoseconds) }
    count += 1
    (minimum, maximum) = (min(minimum, nanoseconds), max(maximum, nanoseconds))
    let distance = nanoseconds.subtractingReportingOverflow(first)
    guard !distance.overflow, distance.partialValue.magnitude < Self.distanceLimit else { return }
    sum += Double(distance.partialValue)
    if distance.partialValue >= 0 {
      above.record(distance.partialValue)
    } else {
      below.record(0 &- distance.partialValue)
    }
  }

  /// A percentile, from 0 to 100; 0 when there is none.
  func percentile(_ percentile: Double) -> Int64 {
    guard count > 0 else { return 0 }
    let rank = max(1, (percentile / 100 * Double(count)).rounded(.up))
    let value =
      if rank <= Double(below.count) {
        first &- below.percentile(100 * (Double(below.count) - rank + 1) / Double(below.count))
      } else {
        first &+ above.percentile(100 * (rank - Double(below.count)) / Double(max(1, above.count)))
      }
    return min(max(value, minimum), maximum)
  }
}
