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
  mutating func take(under limit: RateLimit?, at now: Int64) -> Bool {
    guard let limit else { return true }
    let begin = max(fullAt, now)
    guard begin - now <= limit.nanosecondsPerBurst - limit.nanosecondsPerToken else { return false }
    fullAt = begin + limit.nanosecondsPerToken
    return true
  }
}

extension RateLimit {
  private static let nanosecondsPerSecond: Int64 = 1_000_000_000

  /// At least 1, because ``Limits/rate`` is the most of a rate.
  fileprivate var nanosecondsPerToken: Int64 { Self.nanosecondsPerSecond / Int64(perSecond) }

  /// At most 10^18, for one token a second and ``Limits/rate`` at once.
  fileprivate var nanosecondsPerBurst: Int64 { nanosecondsPerToken * Int64(burst) }
}
