/// How much round trips vary, in nanoseconds. The single round trips are not kept.
struct RoundTripSpread: Hashable, Sendable {
  /// How many there are.
  private(set) var count = 0
  /// The interarrival jitter of RFC 3550, section 6.4.1, with round trips as the transit times: the difference between
  /// one reply's and the previous one's, in the order of arrival, smoothed with a gain of 1/16.
  private(set) var jitter = 0.0
  /// The moving average that ping(8) calls ewma, with a gain of 1/8.
  private(set) var movingAverage = 0.0
  private var last: Int64 = 0
  private var mean = 0.0
  private var squares = 0.0

  /// Adds the next one.
  mutating func record(_ nanoseconds: Int64) {
    let value = Double(nanoseconds)
    if count > 0 {
      jitter += (Double((nanoseconds - last).magnitude) - jitter) / 16
      movingAverage += (value - movingAverage) / 8
    } else {
      movingAverage = value
    }
    (last, count) = (nanoseconds, count + 1)
    // Welford's method. It loses no digits, unlike a difference of large sums.
    let difference = value - mean
    mean += difference / Double(count)
    squares += difference * (value - mean)
  }

  /// The standard deviation, which ping(8) calls mdev; 0 without round trips.
  var deviation: Double { count == 0 ? 0 : (squares / Double(count)).squareRoot() }
}
