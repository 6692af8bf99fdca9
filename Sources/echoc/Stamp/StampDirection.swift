/// How long messages took in one direction, from one clock to another. The clocks may differ: everything except
/// ``oneWay`` uses differences, for which the clocks need only run equally fast.
struct StampDirection {
  /// The times, from clock to clock.
  private(set) var times = SignedLatencies()
  /// The times to show: both clocks were said to be synchronized, or the user wants the times anyway.
  private(set) var oneWay = SignedLatencies()
  /// The interarrival jitter in nanoseconds. See RFC 3550, section 6.4.1.
  private(set) var jitter = 0.0
  private var last: Int64?

  /// Takes the time of a message, in the order in which replies come.
  mutating func record(_ time: Int64, isOneWay: Bool) {
    times.record(time)
    if isOneWay { oneWay.record(time) }
    if let last {
      jitter += (Double(time.subtractingReportingOverflow(last).partialValue.magnitude) - jitter) / 16
    }
    last = time
  }

  /// How much longer messages took than the fastest one, as a percentile: the packet delay variation of RFC 5481,
  /// section 4.2.
  func variation(_ percentile: Double) -> Int64 { times.percentile(percentile) &- times.minimum }
}
