import CLinux
import Glibc

/// The kernel's clocks. See clock_gettime(2).
public enum SystemClock {
  /// Nanoseconds of CLOCK_MONOTONIC, which changes of the time of day do not affect.
  public static func monotonicNanoseconds() -> Int64 { nanoseconds(of: CLOCK_MONOTONIC) }

  /// ``monotonicNanoseconds()`` in microseconds.
  public static func monotonicMicroseconds() -> Int64 { monotonicNanoseconds() / 1000 }

  /// ``monotonicNanoseconds()`` in milliseconds.
  public static func monotonicMilliseconds() -> Int64 { monotonicNanoseconds() / 1_000_000 }

  /// Nanoseconds of CLOCK_BOOTTIME, which goes on while the machine is suspended.
  public static func bootNanoseconds() -> Int64 { nanoseconds(of: CLOCK_BOOTTIME) }

  /// Nanoseconds since 1970-01-01T00:00:00Z, of CLOCK_REALTIME.
  public static func epochNanoseconds() -> Int64 { nanoseconds(of: CLOCK_REALTIME) }

  /// Seconds since 1970-01-01T00:00:00Z. See time(2).
  public static func secondsSinceEpoch() -> Int { time(nil) }

  /// The maximum error of CLOCK_REALTIME relative to UTC, in microseconds; `nil` if it is not synchronized, or if the
  /// process may not ask: systemd's `ProtectClock=` forbids it. See adjtimex(2).
  public static func maximumErrorMicroseconds() -> Int64? {
    var (isSynchronized, maximumError) = (false, Int64(0))
    guard clinux_read_clock(&isSynchronized, &maximumError) == 0, isSynchronized else { return nil }
    return maximumError
  }

  private static func nanoseconds(of clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
