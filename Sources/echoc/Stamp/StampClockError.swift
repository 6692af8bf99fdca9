import EchoCore
import Sockets

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
