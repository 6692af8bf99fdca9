/// A token bucket: `burst` tokens at once, and `perSecond` in the long run.
///
/// Its whole state is the time at which it will be full again (the generic cell rate algorithm, ITU-T I.371). A bucket
/// that is full again is the same as one that was never used.
struct TokenBucket: Equatable, Sendable {
  /// In nanoseconds of the callers' clock; in the past when the bucket is full.
  private(set) var fullAt: Int64 = .min

  /// A full bucket.
  init() {}

  /// Makes a bucket that is full at this time, or at the latest time that is possible for a bucket.
  init(fullAt: Int64, under pace: Pace?, at now: Int64) {
    if let pace { self.fullAt = min(fullAt, now + pace.longestDebt + pace.nanosecondsPerToken) }
  }

  /// Takes a token and returns whether there was one; without a limit there always is. `now` is in nanoseconds of a
  /// monotonic clock.
  mutating func take(under pace: Pace?, at now: Int64) -> Bool {
    guard let pace else { return true }
    let begin = max(fullAt, now)
    guard begin - now <= pace.longestDebt else { return false }
    fullAt = begin + pace.nanosecondsPerToken
    return true
  }
}

extension TokenBucket {
  /// A rate limit in the units of a bucket, so that the division is done once and not for each token.
  struct Pace: Equatable, Sendable {
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// At least 1, because a rate is at most ``Limits/rate``.
    let nanosecondsPerToken: Int64
    /// There is a token while the bucket will be full again within this time. At most 10^18: one token a second, and
    /// ``Limits/rate`` at once.
    let longestDebt: Int64

    init(nanosecondsPerToken: Int64, longestDebt: Int64) {
      (self.nanosecondsPerToken, self.longestDebt) = (nanosecondsPerToken, longestDebt)
    }

    init(_ limit: RateLimit) {
      nanosecondsPerToken = Self.nanosecondsPerSecond / Int64(limit.perSecond)
      longestDebt = nanosecondsPerToken * Int64(limit.burst - 1)
    }
  }
}
