import Addresses
import EchoCore
import Logging
import Sockets

/// Counts messages and connections without a reply, and logs them: the first at once, the next as one line per
/// interval, so that a flood of drops does not flood the log.
final class DropLog {
  private static let bufferHint = " (raise receiveBufferBytes)"

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

  func drop(_ reason: DropReason, _ amount: Int = 1, of client: Endpoint?) {
    counters.drop(reason, amount)
    unlogged[reason.rawValue] += amount
    lastClient = client ?? lastClient
    if !isSilent { log() }
  }

  /// Logs the drops that have not been logged yet.
  func flush() {
    isSilent = false
    if unlogged.contains(where: { $0 > 0 }) { log() }
  }

  private func log() {
    let reasons = DropReason.allCases.filter { unlogged[$0.rawValue] > 0 }
      .map { "\($0.name) \(unlogged[$0.rawValue])\($0 == .receiveBufferFull ? Self.bufferHint : "")" }
    let client = lastClient?.textWithZoneName
    let last = client.map { "; the last client was \($0)" } ?? ""
    logger.notice(
      "no reply: \(reasons.joined(separator: ", "))\(last)",
      metadata: client.map { ["client": "\($0)"] })
    unlogged = [Int](repeating: 0, count: unlogged.count)
    lastClient = nil
    isSilent = true
    loop.schedule(endOfInterval, afterMilliseconds: LogPace.intervalMilliseconds) { self.flush() }
  }
}

/// Limits how often a message is logged that could flood the log.
struct LogPace {
  /// The minimum time between two messages.
  static let intervalMilliseconds: Int64 = 60_000

  private var loggedAt: Int64?

  /// Whether to log the message now; if so, the next is due after the interval.
  mutating func isDue(at now: Int64) -> Bool {
    if let loggedAt, now - loggedAt < Self.intervalMilliseconds { return false }
    loggedAt = now
    return true
  }
}
