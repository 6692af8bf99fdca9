import Sockets

/// When the daemon or its process started.
///
/// The time of day can be wrong at that moment, and corrected later: by NTP, or on a machine without a battery-backed
/// clock. So what is remembered is the time since boot, and the start is computed back from now whenever it is
/// asked for.
struct StartTime {
  /// A smaller change comes from reading two clocks one after the other, not from a correction.
  static let toleranceNanoseconds: Int64 = 500_000_000

  private let sinceBoot: Int64
  private var known: Int64?

  /// Makes the time of a start, which is given as ``SystemClock/bootNanoseconds()``.
  init(sinceBoot: Int64 = SystemClock.bootNanoseconds()) {
    self.sinceBoot = sinceBoot
  }

  /// Seconds from the start to now, including those in which the machine was suspended.
  var uptimeSeconds: Double { Double(uptimeNanoseconds) / 1e9 }

  /// The start in seconds since 1970-01-01T00:00:00Z, by the clock as it is now.
  mutating func secondsSinceEpoch(now: Int64 = SystemClock.epochNanoseconds()) -> Int {
    Int(nanosecondsSinceEpoch(now: now) / 1_000_000_000)
  }

  /// The start in nanoseconds since 1970-01-01T00:00:00Z, by the clock as it is now.
  mutating func nanosecondsSinceEpoch(now: Int64 = SystemClock.epochNanoseconds()) -> Int64 {
    let start = now - uptimeNanoseconds
    if let known, abs(known - start) < Self.toleranceNanoseconds { return known }
    known = start
    return start
  }

  private var uptimeNanoseconds: Int64 { SystemClock.bootNanoseconds() - sinceBoot }
}
