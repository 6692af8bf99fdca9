/// How accurate a clock is, as STAMP messages say it. See RFC 4656, section 4.1.2, and RFC 8186, section 2.3.
public struct StampErrorEstimate: Hashable, Sendable {
  /// The field: bit 15 says that the clock is synchronized to UTC, bit 14 is the format, six bits are the scale and
  /// eight the multiplier.
  public let rawValue: UInt16

  private static let synchronized: UInt16 = 1 << 15
  private static let ptp: UInt16 = 1 << 14

  /// Makes an estimate from its field.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Makes the estimate of a clock: the smallest one that is not less than the error.
  ///
  /// - Parameters:
  ///   - clockError: the clock's maximum error relative to UTC, in microseconds; `nil` for one that is not
  ///     synchronized, or about which nothing is known. Its estimate is the largest.
  ///   - format: the format of the clock's timestamps.
  public init(clockError: Int64?, format: StampTimeFormat) {
    let z = format == .ptp ? Self.ptp : 0
    guard let clockError else {
      rawValue = z | 0x3FFF
      return
    }
    // Microseconds in units of 2^-32 seconds, rounded up. The kernel's values are far below the limit.
    let microseconds = UInt64(min(max(0, clockError), 1 << 31))
    var multiplier = max(1, (microseconds << 32 + 999_999) / 1_000_000)
    var scale: UInt16 = 0
    while multiplier > 255 {
      multiplier = (multiplier + 1) / 2
      scale += 1
    }
    rawValue = Self.synchronized | z | scale << 8 | UInt16(multiplier)
  }

  /// Whether the clock is synchronized to UTC. An estimate with a multiplier of 0 is invalid, and says nothing.
  public var isSynchronized: Bool { rawValue & Self.synchronized != 0 && rawValue & 0xFF != 0 }

  /// The format of the timestamps in the message.
  public var format: StampTimeFormat { rawValue & Self.ptp == 0 ? .ntp : .ptp }

  /// By how much the clock may be wrong, in seconds; `nil` if the field says nothing, because its multiplier is 0.
  public var seconds: Double? {
    let multiplier = rawValue & 0xFF
    guard multiplier > 0 else { return nil }
    let scale = Int(rawValue >> 8 & 0x3F)
    return Double(multiplier) * Double(sign: .plus, exponent: scale - 32, significand: 1)
  }
}
