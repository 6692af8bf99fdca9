/// An event that happens in a given percentage of cases.
struct Chance: Hashable, Sendable {
  /// The event happens if the upper 32 bits of a draw are below this: never at 0, always at 2^32.
  private let threshold: UInt64

  /// Makes an event. `percent` is 0 to 100, with any fraction; `nil` is never.
  init(percent: Double?) {
    threshold = UInt64(((percent ?? 0) * 0x1p32 / 100).rounded())
  }

  /// Whether the event happens, by an output of the generator.
  func happens(_ draw: UInt64) -> Bool { draw >> 32 < threshold }
}
