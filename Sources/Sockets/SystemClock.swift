import Glibc

/// The kernel's clocks. See clock_gettime(2).
public enum SystemClock {
  /// Nanoseconds of CLOCK_MONOTONIC, which changes of the time of day do not affect.
  public static func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// ``monotonicNanoseconds()`` in microseconds.
  public static func monotonicMicroseconds() -> Int64 { monotonicNanoseconds() / 1000 }

  /// ``monotonicNanoseconds()`` in milliseconds.
  public static func monotonicMilliseconds() -> Int64 { monotonicNanoseconds() / 1_000_000 }

  /// Seconds since 1970-01-01T00:00:00Z. See time(2).
  public static func secondsSinceEpoch() -> Int { time(nil) }
}
