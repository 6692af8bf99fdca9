import Testing

@testable import EchoCore

@Suite("What happens to a message")
struct ImpairerTests {
  private func impairer(_ seed: UInt32 = 4711, _ change: (inout Impairment) -> Void) -> Impairer {
    var impairment = Impairment()
    impairment.seed = seed
    change(&impairment)
    return Impairer(impairment, drawnSeed: 0)
  }

  /// The upper halves of the first hundred outputs for loss, for seed 4711: users rely on them.
  private static let lossDraws: [UInt64] = [
    2_244_456_592, 1_851_077_447, 4_116_352_027, 2_879_928_007, 3_575_079_470, 3_622_011_637,
    1_993_276_634, 3_874_402_907, 2_817_002_574, 3_797_261_974, 3_329_932_125, 1_083_074_817,
    196_559_529, 1_432_232_563, 3_927_943_466, 2_400_750_894, 4_058_270_190, 1_813_994_221,
    2_022_185_014, 1_020_060_977, 3_576_011_220, 245_729_809, 2_125_063_589, 2_210_146_452, 729_658_803,
    3_266_692_666, 842_730_649, 1_372_813_692, 1_729_360_904, 2_356_554_254, 1_214_144_106,
    1_254_952_899, 2_523_477_886, 3_524_814_231, 725_749_669, 3_463_823_142, 7_440_472, 1_175_126_038,
    803_374_425, 931_670_911, 927_703_331, 2_670_830_519, 3_642_993_424, 3_655_730_618, 1_372_455_608,
    1_190_600_242, 1_189_312_272, 3_843_433_401, 4_293_070_038, 4_231_878_480, 1_575_617_270,
    2_587_399_181, 757_433_525, 3_887_542_471, 1_091_134_035, 1_124_127_886, 1_958_763_330,
    3_436_271_574, 327_101_859, 63_615_916, 3_287_494_098, 4_094_873_915, 1_250_869_869, 513_721_521,
    1_371_805_082, 2_472_326_386, 4_061_998_075, 3_033_874_206, 433_520_229, 651_021_595, 1_615_982_917,
    2_579_035_985, 2_888_444_477, 22_440_054, 2_820_667_907, 3_251_627_860, 1_184_157_966,
    1_968_647_052, 3_888_822_472, 1_738_893_048, 780_210_116, 3_872_753_134, 1_614_457_763,
    3_392_788_682, 1_794_419_890, 3_713_327_770, 2_662_088_486, 1_228_851_054, 2_810_783_823,
    1_361_012_469, 2_512_891_550, 2_175_582_610, 3_550_875_347, 3_513_068_880, 3_667_093_444,
    475_462_553, 2_701_889_249, 4_137_605_463, 3_887_615_105, 2_938_489_358,
  ]

  @Test("has the first hundred draws for loss that the documentation promises")
  func firstDraws() {
    let generator = CounterGenerator(seed: 4711)
    #expect((UInt64(0)..<100).map { generator[8 * $0] >> 32 } == Self.lossDraws)
    for percent in [0.1, 1, 10, 30, 50, 90] {
      let fates = (UInt64(0)..<100).map(impairer { $0.lossPercent = percent }.fate)
      let threshold = UInt64((percent / 100 * 0x1p32).rounded())
      #expect(fates.map(\.isLost) == Self.lossDraws.map { $0 < threshold })
    }
  }

  @Test("loses these of the first hundred messages, with 30 percent and seed 4711")
  func losses() {
    let impairer = impairer { $0.lossPercent = 30 }
    #expect(
      (UInt64(0)..<100).filter { impairer.fate(of: $0).isLost } == [
        11, 12, 19, 21, 24, 26, 30, 31, 34, 36, 37, 38, 39, 40, 45, 46, 52, 54, 55, 58, 59, 62, 63, 68, 69,
        73,
        76, 80, 87, 95,
      ])
  }

  @Test("is everything with 100 percent, and nothing with 0 percent or without the member")
  func ends() {
    let all = impairer {
      ($0.lossPercent, $0.duplicatePercent, $0.corruptPercent, $0.reorderPercent) = (100, 100, 100, 100)
      $0.delayMilliseconds = 9
    }
    let none = impairer {
      ($0.lossPercent, $0.duplicatePercent, $0.corruptPercent, $0.reorderPercent) = (0, 0, 0, 0)
      $0.delayMilliseconds = 9
    }
    let empty = impairer { $0.delayMilliseconds = 9 }
    for number in UInt64(0)..<1000 {
      let fate = all.fate(of: number)
      #expect(fate.isLost && fate.isDuplicated && fate.corruptedBit != nil && fate.isReordered)
      #expect(fate.delayMilliseconds == 0)
      for impairer in [none, empty] {
        let fate = impairer.fate(of: number)
        #expect(!fate.isLost && !fate.isDuplicated && fate.corruptedBit == nil && !fate.isReordered)
        #expect(fate.delayMilliseconds == 9)
      }
    }
  }

  @Test(
    "happens as often as it should, for any seed",
    arguments: [(30, 10_000), (0.1, 1_000_000), (50, 10_000), (99.9, 1_000_000)] as [(Double, UInt64)],
    [0, 1, 4711, .max] as [UInt32])
  func shares(chance: (percent: Double, count: UInt64), seed: UInt32) {
    let impairer = impairer(seed) {
      ($0.lossPercent, $0.duplicatePercent) = (chance.percent, chance.percent)
      ($0.corruptPercent, $0.reorderPercent, $0.delayMilliseconds) = (chance.percent, chance.percent, 1)
    }
    var counts = [0, 0, 0, 0]
    for number in 0..<chance.count {
      let fate = impairer.fate(of: number)
      let happened = [fate.isLost, fate.isDuplicated, fate.corruptedBit != nil, fate.isReordered]
      for index in counts.indices where happened[index] { counts[index] += 1 }
    }
    let (share, count) = (chance.percent / 100, Double(chance.count))
    // Five standard deviations of the binomial distribution.
    let bound = 5 * (count * share * (1 - share)).squareRoot()
    for found in counts { #expect(abs(Double(found) - count * share) < bound, "\(counts)") }
  }

  @Test("waits for the delay plus or minus the jitter, each whole millisecond as often as another")
  func jitter() {
    let impairer = impairer { ($0.delayMilliseconds, $0.jitterMilliseconds) = (100, 20) }
    var counts: [Int64: Int] = [:]
    for number in UInt64(0)..<41_000 { counts[impairer.fate(of: number).delayMilliseconds, default: 0] += 1 }
    #expect(counts.keys.sorted() == Array(80...120))
    #expect(counts.values.allSatisfy { (800...1200).contains($0) }, "\(counts)")
    let longest = self.impairer { ($0.delayMilliseconds, $0.jitterMilliseconds) = (60_000, 60_000) }
    #expect((UInt64(0)..<1000).allSatisfy { (0...120_000).contains(longest.fate(of: $0).delayMilliseconds) })
  }

  @Test("is reordered only if there is a delay, and then does not wait")
  func reorder() {
    let alone = impairer { $0.reorderPercent = 50 }
    let delayed = impairer { ($0.reorderPercent, $0.delayMilliseconds) = (50, 30) }
    for number in UInt64(0)..<100 {
      #expect(!alone.fate(of: number).isReordered)
      let fate = delayed.fate(of: number)
      #expect(fate.delayMilliseconds == (fate.isReordered ? 0 : 30))
    }
  }

  @Test("does not depend on the other members")
  func independence() {
    let alone: [Impairer] = [
      impairer { $0.lossPercent = 30 }, impairer { $0.duplicatePercent = 20 },
      impairer { $0.corruptPercent = 10 },
      impairer { ($0.delayMilliseconds, $0.reorderPercent) = (50, 25) },
      impairer { ($0.delayMilliseconds, $0.jitterMilliseconds) = (50, 40) },
    ]
    let together = impairer {
      ($0.lossPercent, $0.duplicatePercent, $0.corruptPercent, $0.reorderPercent) = (30, 20, 10, 25)
      ($0.delayMilliseconds, $0.jitterMilliseconds) = (50, 40)
    }
    for number in UInt64(0)..<2000 {
      let (all, single) = (together.fate(of: number), alone.map { $0.fate(of: number) })
      #expect(all.isLost == single[0].isLost && all.isDuplicated == single[1].isDuplicated)
      #expect(all.corruptedBit == single[2].corruptedBit && all.isReordered == single[3].isReordered)
      #expect(all.delayMilliseconds == (all.isReordered ? 0 : single[4].delayMilliseconds))
    }
  }

  @Test("is the same from two impairers with the same seed, and not from others")
  func seeds() {
    let change = { @Sendable (impairment: inout Impairment) in
      (impairment.lossPercent, impairment.corruptPercent) = (50, 50)
    }
    let fates = { @Sendable (impairer: Impairer) in (UInt64(0)..<200).map(impairer.fate) }
    #expect(fates(impairer(1, change)) == fates(impairer(1, change)))
    #expect(fates(impairer(1, change)) != fates(impairer(2, change)))
  }

  @Test("follows the seed of the configuration, or else the random one")
  func drawnSeed() {
    #expect(Impairer(Impairment(), drawnSeed: 9).seed == 9)
    #expect(impairer(0) { _ in }.seed == 0)
    var impairment = Impairment()
    impairment.lossPercent = 50
    let drawn = Impairer(impairment, drawnSeed: 4711)
    let configured = impairer { $0.lossPercent = 50 }
    #expect((UInt64(0)..<100).map(drawn.fate) == (UInt64(0)..<100).map(configured.fate))
  }
}
