import Testing

@testable import EchoCore

@Suite("STAMP timestamp formats")
struct StampTimeFormatTests {
  private static let second: Int64 = 1_000_000_000

  @Test(
    "write a time as an NTP timestamp",
    arguments: [
      (0, 0x83AA_7E80_0000_0000),  // 1970: 2,208,988,800 seconds after 1900
      (500_000_000, 0x83AA_7E80_8000_0000),
      (1_764_158_391_250_000_000, 0xECD1_6A37_4000_0000),
      (-1, 0x83AA_7E7F_FFFF_FFFC),
      (-2_208_988_800_000_000_000, 0),  // 1900
      (2_085_978_495_999_999_999, 0xFFFF_FFFF_FFFF_FFFC),  // the last one before the seconds wrap in 2036
      (2_085_978_496_000_000_000, 0),
    ] as [(Int64, UInt64)])
  func ntp(nanoseconds: Int64, timestamp: UInt64) {
    #expect(StampTimeFormat.ntp.timestamp(of: nanoseconds) == timestamp)
    #expect(StampTimeFormat.ntp.nanoseconds(of: timestamp, near: nanoseconds) == nanoseconds)
  }

  @Test(
    "write a time as a PTP timestamp",
    arguments: [
      (0, 0), (1, 1), (1_764_158_391_250_000_000, 0x6926_EBB7_0EE6_B280), (-1, 0xFFFF_FFFF_3B9A_C9FF),
    ] as [(Int64, UInt64)])
  func ptp(nanoseconds: Int64, timestamp: UInt64) {
    #expect(StampTimeFormat.ptp.timestamp(of: nanoseconds) == timestamp)
    #expect(StampTimeFormat.ptp.nanoseconds(of: timestamp, near: nanoseconds) == nanoseconds)
  }

  @Test("keep every nanosecond", arguments: StampTimeFormat.allCases)
  func exact(format: StampTimeFormat) {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<10_000 {
      let time =
        Int64.random(in: -2_208_988_800...7_000_000_000, using: &generator) * Self.second
        + Int64.random(in: 0..<Self.second, using: &generator)
      #expect(format.nanoseconds(of: format.timestamp(of: time), near: time) == time)
    }
  }

  @Test("are read as the time that is nearest to another one", arguments: StampTimeFormat.allCases)
  func near(format: StampTimeFormat) {
    let now: Int64 = 1_764_158_391 * Self.second
    for years in [-67, -60, -1, 0, 1, 60, 67] as [Int64] {
      let time = now + years * 31_556_952 * Self.second + 123
      #expect(format.nanoseconds(of: format.timestamp(of: time), near: now) == time)
    }
    // 2^32 seconds apart, so they have the same timestamp.
    let later = now + (1 << 32) * Self.second
    #expect(format.timestamp(of: later) == format.timestamp(of: now))
    #expect(format.nanoseconds(of: format.timestamp(of: later), near: now) == now)
  }

  @Test("are invalid in PTP if the nanoseconds are a second or more")
  func invalid() {
    #expect(StampTimeFormat.ptp.nanoseconds(of: 999_999_999, near: 0) == 999_999_999)
    #expect(StampTimeFormat.ptp.nanoseconds(of: 1_000_000_000, near: 0) == nil)
    #expect(StampTimeFormat.ptp.nanoseconds(of: .max, near: 0) == nil)
  }

  @Test("can be read whatever they are", arguments: StampTimeFormat.allCases)
  func anything(format: StampTimeFormat) {
    for timestamp in [0, 1, 1 << 31, 1 << 32, 1 << 63, .max] as [UInt64] {
      for reference in [0, -1, 1_764_158_391 * Self.second, 8_000_000_000 * Self.second] {
        guard let time = format.nanoseconds(of: timestamp, near: reference) else { continue }
        #expect(abs(time - reference) <= (1 << 31 + 1) * Self.second)
      }
    }
  }
}
