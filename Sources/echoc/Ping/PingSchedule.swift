/// When a ping sends and when it ends. Times are nanoseconds of the monotonic clock.
struct PingSchedule {
  /// The progress of the ping.
  struct Progress: Hashable {
    /// Messages that were sent, or that could not be.
    var sent: Int
    /// Messages with a reply.
    var received: Int
    /// Whether a message may be sent.
    var canSend: Bool
    /// Whether no more replies are expected.
    var isDone: Bool
  }

  /// After the timeout the loop goes on by turns of this length.
  private static let leastWait: Int64 = 1_000_000

  private let plan: PingPlan
  private let end: Int64
  private var next: Int64
  private var lastSent: Int64
  private var receivedBefore = 0

  /// A schedule whose first message is due at a time.
  init(_ plan: PingPlan, at start: Int64) {
    self.plan = plan
    end = plan.deadline.map { start + $0 } ?? .max
    (next, lastSent) = (start, start)
  }

  /// With a deadline, messages are sent until the plan's number has been answered.
  private func isAllSent(_ progress: Progress) -> Bool {
    plan.count > 0 && (plan.deadline == nil ? progress.sent : progress.received) >= plan.count
  }

  /// Whether the ping is over.
  func isOver(_ progress: Progress, at now: Int64) -> Bool {
    if now >= end { return true }
    guard isAllSent(progress) else { return false }
    return plan.deadline != nil || progress.isDone || now - lastSent >= plan.timeout
  }

  /// Whether the next message is to be sent now.
  func isDue(_ progress: Progress, at now: Int64) -> Bool {
    guard progress.canSend, !isAllSent(progress) else { return false }
    return now >= next || plan.isFlood && progress.received > receivedBefore
  }

  /// Notes that a message was sent, and the progress before that.
  mutating func sent(_ progress: Progress, at now: Int64) {
    (lastSent, receivedBefore) = (now, progress.received)
    // After a reply that took longer than the interval, the next message is sent at once; missed ones are skipped.
    next = plan.isFlood ? now + plan.interval : max(next + plan.interval, now)
  }

  /// Notes when the call that sent it returned: its timeout does not begin later.
  mutating func endedSending(at now: Int64) { lastSent = now }

  /// When to look again even if no reply has come.
  func nextTurn(_ progress: Progress, at now: Int64) -> Int64 {
    guard isAllSent(progress) || !progress.canSend else { return min(next, end) }
    // Over TCP, the wait for a reply ends at the timeout too, although nothing is sent then.
    return min(max(lastSent + plan.timeout, now + Self.leastWait), end)
  }
}
