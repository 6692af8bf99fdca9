/// SplitMix64 as a function of a counter: any output of the stream, without those before it.
///
/// The stream is that of Sebastiano Vigna's splitmix64.c with the seed as its initial state. See "Fast
/// Splittable Pseudorandom Number Generators" by Steele, Lea and Flood (2014).
struct CounterGenerator: Hashable, Sendable {
  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The initial state.
  let seed: UInt64

  /// The output with that number, counted from 0; numbers wrap after 2^64.
  subscript(number: UInt64) -> UInt64 {
    var bits = seed &+ (number &+ 1) &* Self.increment
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}
