import Addresses
import EchoCore
import Logging

/// Counts what a queue gives no reply, and tells of it in the log: the first time at once, and after that how often it
/// was, once in a while. A flood of refusals is no flood of lines.
final class RefusalLog {
  /// How long the log is spared after a line, in milliseconds.
  static let intervalMilliseconds: Int64 = 60_000

  private let counters: Counters
  private let executor: QueueExecutor
  private let logger: Logger
  private var untold = [Int](repeating: 0, count: DropReason.allCases.count)
  private var lastClient: Endpoint?
  private var tellLater: @Sendable () -> Void = {}
  private var isSparingTheLog = false

  init(counters: Counters, executor: QueueExecutor, logger: Logger) {
    self.counters = counters
    self.executor = executor
    self.logger = logger
  }

  /// Begins to tell.
  ///
  /// - Parameters:
  ///   - tellLater: is called on the queue when the log was spared for long enough, and calls ``endOfInterval()``.
  func open(tellLater: @escaping @Sendable () -> Void) {
    self.tellLater = tellLater
  }

  /// Counts messages or connections of a client that get no reply.
  func drop(_ reason: DropReason, _ amount: Int = 1, of client: Endpoint?) {
    counters.drop(reason, amount)
    untold[reason.rawValue] += amount
    lastClient = client ?? lastClient
    if !isSparingTheLog { tell() }
  }

  /// Tells what came to pass while the log was spared, if anything did.
  func endOfInterval() {
    isSparingTheLog = false
    if untold.contains(where: { $0 > 0 }) { tell() }
  }

  private func tell() {
    let reasons = DropReason.allCases.filter { untold[$0.rawValue] > 0 }
      .map { "\($0.name) \(untold[$0.rawValue])" }
    let last = lastClient.map { "; the last client was \($0)" } ?? ""
    logger.notice(
      "no reply: \(reasons.joined(separator: ", "))\(last)",
      metadata: lastClient.map { ["client": "\($0)"] })
    untold = [Int](repeating: 0, count: untold.count)
    isSparingTheLog = true
    executor.perform(afterMilliseconds: Self.intervalMilliseconds, tellLater)
  }
}
