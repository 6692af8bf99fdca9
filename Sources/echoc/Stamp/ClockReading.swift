import Sockets

/// The monotonic clock and the time of day, read at the same time. Round trips are measured with the first, which
/// cannot be set. Messages have the second.
struct ClockReading: Hashable {
  /// Nanoseconds of CLOCK_MONOTONIC.
  var monotonic: Int64
  /// Nanoseconds since 1970 of CLOCK_REALTIME.
  var epoch: Int64

  /// The time of day when the monotonic clock was 0. Only setting the clock changes it: what makes one clock faster or
  /// slower does the same to the other.
  var offset: Int64 { epoch &- monotonic }

  /// Reads both clocks, up to three times if something interrupts the reading.
  static func now() -> ClockReading {
    var best = ClockReading(monotonic: 0, epoch: 0)
    var leastGap = Int64.max
    for _ in 0..<3 where leastGap > 5_000 {
      let before = SystemClock.monotonicNanoseconds()
      let epoch = SystemClock.epochNanoseconds()
      let gap = SystemClock.monotonicNanoseconds() - before
      guard gap < leastGap else { continue }
      (leastGap, best) = (gap, ClockReading(monotonic: before + gap / 2, epoch: epoch))
    }
    return best
  }
}
