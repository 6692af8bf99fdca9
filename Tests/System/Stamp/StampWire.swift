import Glibc

/// Messages of RFC 8762, sections 4.2 and 4.3, by their offsets.
enum StampWire {
  /// The length of a message without TLVs.
  static let baseBytes = 44

  /// A request: sequence number, timestamp, error estimate, session identifier, 28 zeros, TLVs.
  static func request(
    _ sequence: UInt32 = 0, time: HexPattern = "E1234567 89ABCDEF", errorEstimate: HexPattern = "8001",
    ssid: UInt16 = 0, tlvs: HexPattern = ""
  ) -> [UInt8] {
    bytes(of: sequence) + time.exact + errorEstimate.exact + bytes(of: ssid) + zeros(28) + tlvs.exact
  }

  static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}

/// A reply of a Session-Reflector.
struct StampReply: Sendable {
  let bytes: [UInt8]

  var sequence: UInt64 { bytes.number(at: 0, bytes: 4) }
  /// T3, the time at which the reply left.
  var sent: UInt64 { bytes.number(at: 4, bytes: 8) }
  var errorEstimate: UInt64 { bytes.number(at: 12, bytes: 2) }
  var ssid: UInt64 { bytes.number(at: 14, bytes: 2) }
  /// T2, the time at which the request came.
  var received: UInt64 { bytes.number(at: 16, bytes: 8) }
  /// What follows the base message.
  var tlvs: [UInt8] { Array(bytes.dropFirst(StampWire.baseBytes)) }
  /// Whether the clock is synchronized to UTC (S), and whether timestamps are those of PTP (Z).
  var isSynchronized: Bool { errorEstimate & 0x8000 != 0 }
  var isPTP: Bool { errorEstimate & 0x4000 != 0 }
}

/// A timestamp of a message.
enum StampTime {
  private static let secondsFrom1900To1970: UInt64 = 2_208_988_800

  /// Nanoseconds since 1970 of a timestamp in a format.
  static func nanoseconds(_ stamp: UInt64, isPTP: Bool) -> Int64 {
    let (seconds, fraction) = (stamp >> 32, stamp & 0xFFFF_FFFF)
    if isPTP { return Int64(seconds * 1_000_000_000 + fraction) }
    // Before 2036 the first era, and after that the second: see RFC 5905, section 6.
    let era: UInt64 = seconds < secondsFrom1900To1970 ? 1 << 32 : 0
    return Int64((era + seconds - secondsFrom1900To1970) * 1_000_000_000 + (fraction * 1_000_000_000) >> 32)
  }

  /// The time of this machine's clock, in nanoseconds since 1970.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
