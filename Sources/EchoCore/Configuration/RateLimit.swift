/// A limit on the replies to each client, or to all clients together.
public struct RateLimit: Hashable, Sendable {
  /// Replies per second in the long run.
  public var perSecond: Int
  /// Replies that may be sent at once after a pause.
  public var burst: Int

  /// The default for each client of a public listener.
  public static let standard = RateLimit(perSecond: 200, burst: 400)
  /// The default for all clients of a public listener together.
  public static let standardTotal = RateLimit(perSecond: 10_000, burst: 20_000)
}

extension RateLimit: Keyed {
  static let keys: [Key<RateLimit>] = [
    Key(
      "perSecond", \.perSecond, .integer("a number of replies a second", in: 1...Limits.rate),
      missing: "a rate limit needs both perSecond and burst", "Replies per second in the long run."),
    Key(
      "burst", \.burst, .integer("a number of replies", in: 1...Limits.rate),
      missing: "a rate limit needs both perSecond and burst",
      "Replies that may be sent at once after a pause."),
  ]

  init() { self.init(perSecond: 1, burst: 1) }
}

extension ValueKind where Value == RateLimit {
  static let rateLimit = object("a rate limit or null", "A rate limit.")
}
