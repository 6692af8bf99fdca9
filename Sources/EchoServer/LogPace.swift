/// Lets a message that could come in a flood into the log once in a while.
struct LogPace {
  /// How long the log is spared after a message, in milliseconds.
  static let intervalMilliseconds: Int64 = 60_000

  private var loggedAt: Int64?

  /// Whether it is time for the message; the next one is then due after the interval.
  mutating func isDue(at now: Int64) -> Bool {
    if let loggedAt, now - loggedAt < Self.intervalMilliseconds { return false }
    loggedAt = now
    return true
  }
}
