/// The format of the 64-bit timestamps in STAMP messages. See RFC 8762, section 4.2.1, and RFC 8186.
///
/// A time is a number of nanoseconds since 1970-01-01T00:00:00Z, without leap seconds, as in CLOCK_REALTIME.
public enum StampTimeFormat: String, CaseIterable, Sendable {
  /// Seconds since 1900 and units of 2^-32 seconds (RFC 5905, section 6). The seconds wrap in 2036.
  case ntp
  /// Seconds since 1970 and nanoseconds (IEEE 1588v2, truncated). The seconds wrap in 2106.
  case ptp

  private static let second: Int64 = 1_000_000_000
  /// The seconds from 1900 to 1970.
  private static let secondsTo1970: Int64 = 2_208_988_800

  /// The timestamp of a time.
  public func timestamp(of nanoseconds: Int64) -> UInt64 {
    var (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: Self.second)
    if rest < 0 { (seconds, rest) = (seconds - 1, rest + Self.second) }
    switch self {
    case .ntp:
      let units = ((UInt64(rest) << 32) + UInt64(Self.second / 2)) / UInt64(Self.second)
      return UInt64(UInt32(truncatingIfNeeded: seconds + Self.secondsTo1970)) << 32 | units
    case .ptp:
      return UInt64(UInt32(truncatingIfNeeded: seconds)) << 32 | UInt64(rest)
    }
  }

  /// The time that a timestamp means: the one within 68 years of a reference; `nil` if it is invalid, because its
  /// nanoseconds are a second or more.
  public func nanoseconds(of timestamp: UInt64, near reference: Int64) -> Int64? {
    let seconds = UInt32(truncatingIfNeeded: timestamp >> 32)
    let fraction = timestamp & 0xFFFF_FFFF
    let rest: Int64
    let epoch: Int64
    switch self {
    case .ntp:
      rest = Int64((fraction * UInt64(Self.second) + 1 << 31) >> 32)
      epoch = Self.secondsTo1970
    case .ptp:
      guard fraction < UInt64(Self.second) else { return nil }
      rest = Int64(fraction)
      epoch = 0
    }
    // The difference modulo 2^32 seconds; the upper half is a time before the reference.
    let near = reference / Self.second
    let distance = Int32(bitPattern: seconds &- UInt32(truncatingIfNeeded: near + epoch))
    return (near + Int64(distance)) * Self.second + rest
  }
}
