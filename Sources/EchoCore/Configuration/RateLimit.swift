/// A token bucket for each client address, or for all of them together.
public struct RateLimit: Hashable, Sendable {
  /// Replies a second, in the long run.
  public var perSecond: Int
  /// Replies at once after a silence.
  public var burst: Int

  /// Makes a limit of checked values.
  public init(perSecond: Int, burst: Int) {
    self.perSecond = perSecond
    self.burst = burst
  }

  /// What each client of a public listener may have whose file names no limit.
  public static let standard = RateLimit(perSecond: 200, burst: 400)
  /// What all clients of such a listener may have together.
  public static let standardTotal = RateLimit(perSecond: 10_000, burst: 20_000)
}

extension RateLimit: Keyed {
  static let keys: [Key<RateLimit>] = [
    Key(
      "perSecond", \.perSecond, .integer("a number of replies a second", in: 1...Limits.rate),
      missing: "a rate limit has both perSecond and burst", "Replies a second, in the long run."),
    Key(
      "burst", \.burst, .integer("a number of replies", in: 1...Limits.rate),
      missing: "a rate limit has both perSecond and burst", "Replies at once after a silence."),
  ]

  init() { self.init(perSecond: 1, burst: 1) }
}

extension ValueKind where Value == RateLimit {
  static let rateLimit = object("a rate limit or null", "So many replies.")
}
