import Testing

@Suite("The losses of an impaired listener")
struct LossTests {
  /// The losses that docs/explanation/impairments.md promises, computed in a second, independent way.
  private static func documented(seed: UInt64, percent: Double, of count: Int) -> [Int] {
    (0..<count).filter { number in
      var word = seed &+ (8 * UInt64(number) + 1) &* 0x9E37_79B9_7F4A_7C15
      word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
      word ^= word >> 31
      return Double(word >> 32) < percent * 4_294_967_296 / 100
    }
  }

  @Test(
    "are those that are documented, from every socket and after every start",
    arguments: [(seed: UInt64(0), percent: 30.0), (7, 2.5), (4_294_967_295, 90)])
  func documented(seed: UInt64, percent: Double) async throws {
    let expected = Self.documented(seed: seed, percent: percent, of: 300)
    #expect(!expected.isEmpty)
    for _ in 0..<2 {
      try await ImpairedListener.with(#""seed": \#(seed), "lossPercent": \#(percent)"#) { listener in
        for _ in 0..<2 {
          let lost = try await listener.lost(of: 300)
          #expect(lost == expected)
        }
      }
    }
  }

  @Test("are as many as the percentage says, and are counted")
  func share() async throws {
    try await ImpairedListener.with(#""lossPercent": 30"#) { listener in
      let lost = try await listener.lost(of: 10_000).count
      // Five standard deviations of the binomial distribution: a wrong alarm in 1.7 million runs.
      #expect(abs(lost - 3000) <= 229)
      let figures = try await listener.figures()
      #expect(figures.messages.received == 10_000 && figures.messages.sent == 10_000 - lost)
      #expect(figures.dropped.impaired == lost && figures.dropped.total == lost)
      #expect(figures.impaired?["lost"] == lost)
    }
  }

  @Test("are others with each start, if the file has no seed")
  func drawnSeed() async throws {
    var runs: [[Int]] = []
    for _ in 0..<2 {
      try await ImpairedListener.with(#""lossPercent": 50"#) { listener in
        runs.append(try await listener.lost(of: 200))
        #expect(try await listener.lost(of: 200) == runs.last)
      }
    }
    #expect(runs[0] != runs[1])
  }

  @Test("are all messages at 100 percent, and none at 0", arguments: [(0, 0), (100, 200)])
  func limits(percent: Int, count: Int) async throws {
    try await ImpairedListener.with(#""lossPercent": \#(percent)"#) { listener in
      let lost = try await listener.lost(of: 200)
      #expect(lost.count == count)
    }
  }
}
