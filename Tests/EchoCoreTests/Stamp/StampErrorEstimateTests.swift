import Testing

@testable import EchoCore

@Suite("STAMP's error estimate")
struct StampErrorEstimateTests {
  @Test("of a clock that is not synchronized is the largest, and never 0")
  func unsynchronized() {
    let ntp = StampErrorEstimate(clockError: nil, format: .ntp)
    #expect(ntp.rawValue == 0x3FFF)
    #expect(!ntp.isSynchronized && ntp.format == .ntp)
    let ptp = StampErrorEstimate(clockError: nil, format: .ptp)
    #expect(ptp.rawValue == 0x7FFF)
    #expect(!ptp.isSynchronized && ptp.format == .ptp)
    #expect(ntp.seconds == 255 * 2_147_483_648.0)
  }

  @Test(
    "of a synchronized clock has bit 15, the scale and the multiplier",
    arguments: [
      (0, 0x8001),  // the least, 2^-32 s
      (1, 0x8087 | 5 << 8),  // 4295 units: 135 * 2^5 = 4320
      (1000, 0x8084 | 15 << 8),  // 4,294,968 units: 132 * 2^15
      (1_000_000, 0x8080 | 25 << 8),  // a second: 128 * 2^25
      (16_000_000, 0x8080 | 29 << 8),
    ] as [(Int64, UInt16)])
  func synchronized(microseconds: Int64, rawValue: UInt16) {
    #expect(StampErrorEstimate(clockError: microseconds, format: .ntp).rawValue == rawValue)
    #expect(StampErrorEstimate(clockError: microseconds, format: .ptp).rawValue == rawValue | 0x4000)
  }

  @Test("is not less than the error, and at most a hundredth more")
  func bounds() throws {
    for exponent in 0..<31 {
      for offset in [0, 1, 7] as [Int64] {
        let microseconds = 1 << Int64(exponent) + offset
        let seconds = try #require(StampErrorEstimate(clockError: microseconds, format: .ntp).seconds)
        let error = Double(microseconds) / 1e6
        #expect(seconds >= error && seconds <= error * 1.01 + 1e-9)
      }
    }
    #expect(
      StampErrorEstimate(clockError: -5, format: .ntp) == StampErrorEstimate(clockError: 0, format: .ntp))
    #expect(StampErrorEstimate(clockError: .max, format: .ntp).isSynchronized)
  }

  @Test("says nothing with a multiplier of 0")
  func zero() {
    #expect(StampErrorEstimate(rawValue: 0x8000).seconds == nil)
    #expect(StampErrorEstimate(rawValue: 0xBF00).seconds == nil)
    #expect(!StampErrorEstimate(rawValue: 0x8000).isSynchronized)
    #expect(StampErrorEstimate(rawValue: 0x8001).isSynchronized)
  }
}
