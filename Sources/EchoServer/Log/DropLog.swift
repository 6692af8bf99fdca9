import Addresses
import EchoCore
import Logging

/// Counts the messages and connections that get no reply, and logs them: the first at once, and after that how many there
/// were, once in a while. A flood of drops is no flood of lines.
final class DropLog {
  private let counters: Counters
  private let loop: EventLoop
  private let logger: Logger
  private var unlogged = [Int](repeating: 0, count: DropReason.allCases.count)
  private var lastClient: Endpoint?
  private let endOfInterval = OneShot()
  private var isSilent = false

  init(counters: Counters, loop: EventLoop, logger: Logger) {
    self.counters = counters
    self.loop = loop
    self.logger = logger
  }

  /// Counts messages or connections of a client that get no reply.
  func drop(_ reason: DropReason, _ amount: Int = 1, of client: Endpoint?) {
    counters.drop(reason, amount)
    unlogged[reason.rawValue] += amount
    lastClient = client ?? lastClient
    if !isSilent { log() }
  }

  /// Logs what has not been logged, if there is anything.
  func flush() {
    isSilent = false
    if unlogged.contains(where: { $0 > 0 }) { log() }
  }

  private func log() {
    let reasons = DropReason.allCases.filter { unlogged[$0.rawValue] > 0 }
      .map { "\($0.name) \(unlogged[$0.rawValue])" }
    let last = lastClient.map { "; the last client was \($0)" } ?? ""
    logger.notice(
      "no reply: \(reasons.joined(separator: ", "))\(last)",
      metadata: lastClient.map { ["client": "\($0)"] })
    unlogged = [Int](repeating: 0, count: unlogged.count)
    isSilent = true
    loop.schedule(endOfInterval, afterMilliseconds: LogPace.intervalMilliseconds) { self.flush() }
  }
}

/// How often a message that could come in a flood is logged.
struct LogPace {
  /// How long there is no other message after one, in milliseconds.
  static let intervalMilliseconds: Int64 = 60_000

  private var loggedAt: Int64?

  /// Whether it is time for the message; the next one is then due after the interval.
  mutating func isDue(at now: Int64) -> Bool {
    if let loggedAt, now - loggedAt < Self.intervalMilliseconds { return false }
    loggedAt = now
    return true
  }
}
