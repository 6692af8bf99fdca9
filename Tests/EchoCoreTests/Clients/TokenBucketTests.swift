import Testing

@testable import EchoCore

@Suite("A token bucket")
struct TokenBucketTests {
  private static let second: Int64 = 1_000_000_000

  /// How many tokens there are at a moment.
  private func take(from bucket: inout TokenBucket, _ limit: RateLimit, at now: Int64) -> Int {
    var count = 0
    while count < 10_000, bucket.take(under: TokenBucket.Pace(limit), at: now) { count += 1 }
    return count
  }

  @Test(
    "gives its burst at once and no more, whenever it is first used",
    arguments: [0, 1, second, Int64.max / 4])
  func burst(now: Int64) {
    var bucket = TokenBucket()
    #expect(take(from: &bucket, RateLimit(perSecond: 200, burst: 400), at: now) == 400)
  }

  @Test("gives its rate after that", arguments: [(1, 1), (1, 50), (200, 400), (1000, 1), (3, 7)])
  func rate(perSecond: Int, burst: Int) {
    let limit = RateLimit(perSecond: perSecond, burst: burst)
    var bucket = TokenBucket()
    var count = take(from: &bucket, limit, at: 0)
    #expect(count == burst)
    // Often enough that a bucket of one token is never full for long.
    let steps: Int64 = 50_000
    for step in 1...steps { count += take(from: &bucket, limit, at: step * 10 * Self.second / steps) }
    #expect(abs(count - (burst + 10 * perSecond)) <= 1)
  }

  @Test("is full again after a silence, and not fuller")
  func silence() {
    let limit = RateLimit(perSecond: 10, burst: 20)
    var bucket = TokenBucket()
    #expect(take(from: &bucket, limit, at: 0) == 20)
    #expect(take(from: &bucket, limit, at: Self.second) == 10)
    #expect(take(from: &bucket, limit, at: 100 * Self.second) == 20)
  }

  @Test("is never empty without a limit")
  func unlimited() {
    var bucket = TokenBucket()
    let taken = (0..<1000).filter { _ in bucket.take(under: nil, at: 0) }
    #expect(taken.count == 1000)
    #expect(bucket == TokenBucket())
  }

  @Test(
    "takes the largest and the smallest limits there are", arguments: [1, Limits.rate], [1, Limits.rate])
  func extremes(perSecond: Int, burst: Int) {
    let limit = RateLimit(perSecond: perSecond, burst: burst)
    var bucket = TokenBucket()
    #expect(take(from: &bucket, limit, at: 0) == min(burst, 10_000))
    let isFullInAHundredYears = bucket.take(
      under: TokenBucket.Pace(limit), at: Self.second * 86_400 * 365 * 100)
    #expect(isFullInAHundredYears)
  }
}
