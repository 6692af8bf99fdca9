import Testing

@testable import EchoCore

@Suite("The counter-based generator")
struct CounterGeneratorTests {
  @Test("has the published first outputs of SplitMix64")
  func published() {
    let generator = CounterGenerator(seed: 1_234_567)
    #expect(
      (0..<5).map { generator[$0] } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test("has the outputs of the stream, in any order", arguments: [UInt64(0), 1, 4711, 0xFFFF_FFFF, .max])
  func stream(seed: UInt64) {
    var stream = SplitMix64(state: seed)
    let outputs = (0..<1000).map { _ in stream.next() }
    let generator = CounterGenerator(seed: seed)
    #expect((UInt64(0)..<1000).reversed().map { generator[$0] } == outputs.reversed())
  }

  @Test("has an output for every number")
  func wraps() {
    let generator = CounterGenerator(seed: 7)
    #expect(generator[.max] != generator[.max - 1] && generator[.max] != generator[0])
  }
}

@Suite("A chance in percent")
struct ChanceTests {
  private static let draws: [UInt64] = [0, 1 << 32 - 1, 1 << 63, .max - (1 << 32), .max]

  @Test("of 100 always happens, of 0 or none never")
  func ends() {
    for draw in Self.draws {
      #expect(Chance(percent: 100).happens(draw))
      #expect(!Chance(percent: 0).happens(draw) && !Chance(percent: nil).happens(draw))
    }
  }

  @Test(
    "happens to the draws whose upper half is below its share of 2^32, rounded to the nearest whole number",
    arguments: [
      (50, 2_147_483_648), (30, 1_288_490_189), (0.1, 4_294_967), (1e-8, 0), (2e-8, 1),
      (99.999999999, 1 << 32),
    ] as [(Double, UInt64)])
  func threshold(percent: Double, threshold: UInt64) {
    let chance = Chance(percent: percent)
    if threshold > 0 { #expect(chance.happens((threshold - 1) << 32 | 0xFFFF_FFFF)) }
    if threshold < 1 << 32 { #expect(!chance.happens(threshold << 32)) }
  }
}
