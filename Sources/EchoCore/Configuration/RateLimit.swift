/// A token bucket for each client address.
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
