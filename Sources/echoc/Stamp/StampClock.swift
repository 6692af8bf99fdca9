import EchoCore
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

/// Notices when the time of day is set.
struct ClockSteps {
  /// The smallest step that counts. A smaller one can be a pause between two readings.
  static let leastNanoseconds: Int64 = 1_000_000

  /// ``ClockReading/offset`` of the first reading.
  private(set) var firstOffset: Int64?
  private var lastOffset: Int64 = 0
  /// The largest difference from what the clock would be if it had not been set since the first reading.
  private(set) var largest: Int64 = 0

  /// Takes a reading, and returns whether the clock was set since the one before.
  @discardableResult
  mutating func note(_ reading: ClockReading) -> Bool {
    guard let firstOffset else {
      (self.firstOffset, lastOffset) = (reading.offset, reading.offset)
      return false
    }
    let step = reading.offset &- firstOffset
    if step.magnitude >= Self.leastNanoseconds, step.magnitude > largest.magnitude { largest = step }
    defer { lastOffset = reading.offset }
    return (reading.offset &- lastOffset).magnitude >= Self.leastNanoseconds
  }
}

/// The estimate of our own clock's error, updated once a second.
struct StampClockError {
  private let format: StampTimeFormat
  private var askedAt: Int64?
  private var estimate = StampErrorEstimate(rawValue: 0)

  /// For times in a format.
  init(_ format: StampTimeFormat) { self.format = format }

  /// The estimate for a message that is sent now.
  mutating func estimate(at monotonic: Int64) -> StampErrorEstimate {
    if askedAt.map({ monotonic - $0 >= 1_000_000_000 }) ?? true {
      askedAt = monotonic
      estimate = StampErrorEstimate(clockError: SystemClock.maximumErrorMicroseconds(), format: format)
    }
    return estimate
  }
}
