/// How many replies one sender may still have: `burst` at once, and then `perSecond` of them.
///
/// Kept as the moment at which the bucket would be full again, which is all that there is to know (the generic cell
/// rate algorithm, ITU-T I.371): a bucket that is full is no different from one that was never used.
struct TokenBucket: Equatable, Sendable {
  /// In nanoseconds of the clock of the calls; the past when it is full.
  private(set) var fullAt: Int64 = .min

  /// A full bucket.
  init() {}

  /// Takes a token if there is one, or no limit; `now` in nanoseconds of a clock that never goes back.
  mutating func take(under pace: Pace?, at now: Int64) -> Bool {
    guard let pace else { return true }
    let begin = max(fullAt, now)
    guard begin - now <= pace.longestDebt else { return false }
    fullAt = begin + pace.nanosecondsPerToken
    return true
  }
}

extension TokenBucket {
  /// A rate limit as a bucket reckons with it, so that it divides once and not for each token.
  struct Pace: Sendable {
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// At least 1, because ``Limits/rate`` is the most of a rate.
    let nanosecondsPerToken: Int64
    /// How far ahead of now the bucket may be full again for there to be a token: at most 10^18, for one token a second
    /// and ``Limits/rate`` at once.
    let longestDebt: Int64

    init(_ limit: RateLimit) {
      nanosecondsPerToken = Self.nanosecondsPerSecond / Int64(limit.perSecond)
      longestDebt = nanosecondsPerToken * Int64(limit.burst - 1)
    }
  }
}
