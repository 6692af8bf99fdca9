import Sockets

/// When the daemon started.
///
/// The time of day can be wrong at that moment, and corrected later: by NTP, or on a machine without a battery-backed
/// clock. So what is remembered is the time since boot, and the start is computed back from now whenever it is
/// asked for.
struct StartTime {
  /// A smaller change comes from reading two clocks one after the other, not from a correction.
  static let toleranceNanoseconds: Int64 = 500_000_000

  private let sinceBoot = SystemClock.bootNanoseconds()
  private var nanosecondsSinceEpoch: Int64?

  /// Seconds from the start to now, including those in which the machine was suspended.
  var uptimeSeconds: Double { Double(uptimeNanoseconds) / 1e9 }

  /// The start in seconds since 1970-01-01T00:00:00Z, by the clock as it is now.
  mutating func secondsSinceEpoch(now: Int64 = SystemClock.epochNanoseconds()) -> Int {
    let start = now - uptimeNanoseconds
    if let known = nanosecondsSinceEpoch, abs(known - start) < Self.toleranceNanoseconds {
      return Int(known / 1_000_000_000)
    }
    nanosecondsSinceEpoch = start
    return Int(start / 1_000_000_000)
  }

  private var uptimeNanoseconds: Int64 { SystemClock.bootNanoseconds() - sinceBoot }
}
