import ArgumentParser
import Sockets
import SystemPackage

/// Sends messages and takes their replies over one transport. Its socket is in the loop's set.
protocol Pinger: AnyObject {
  /// The address that it talks to.
  var peer: Peer { get }
  /// How many messages were sent, or could not be.
  var sent: Int { get }
  /// Whether a message may be sent.
  var canSend: Bool { get }
  /// Whether no more replies are expected.
  var isDone: Bool { get }
  /// When it goes on though the socket is not ready; `nil` for never.
  var wakeTime: Int64? { get }

  /// Sends the next message.
  func send() throws(ExitCode)
  /// Goes on when the socket is ready.
  func serve() throws(ExitCode)
  /// Gives up a message that was begun longer ago than the timeout.
  func giveUp(after timeout: Int64, at now: Int64) throws(ExitCode)
}

extension Pinger {
  var wakeTime: Int64? { nil }
}

/// Decides when a ping sends and when it ends. Times are nanoseconds of the monotonic clock.
final class PingLoop {
  /// The token of the pinger's socket in the set.
  static let socketToken: UInt64 = 1
  private static let interruptToken: UInt64 = 0
  private static let leastWait: Int64 = 1_000_000

  let set: ReadinessSet
  private let interrupt: Interrupt
  private var isInterrupted = false

  /// From now on an interrupt ends the loop.
  init() throws(Errno) {
    let set = try ReadinessSet()
    let interrupt = try Interrupt()
    try set.add(interrupt.descriptor, for: .readable, token: Self.interruptToken)
    self.set = set
    self.interrupt = interrupt
  }

  /// Sends the plan's messages, one per interval, until all replies have arrived or the timeout expires.
  func run(_ pinger: any Pinger, _ plan: PingPlan) throws(ExitCode) {
    let timeout = plan.timeout
    var next = SystemClock.monotonicNanoseconds()
    var lastSent = next
    while !isInterrupted {
      let now = SystemClock.monotonicNanoseconds()
      try pinger.giveUp(after: timeout, at: now)
      let isAllSent = plan.count > 0 && pinger.sent == plan.count
      if isAllSent, pinger.isDone || now - lastSent >= timeout { return }
      if !isAllSent, pinger.canSend, now >= next {
        try pinger.send()
        lastSent = now
        // After a reply that took longer than the interval the next message goes at once; missed ones are skipped.
        next = max(next + plan.interval, now)
        continue
      }
      // Over TCP the wait for a reply ends at the timeout too, though nothing is sent then.
      let overdue = lastSent + timeout
      let nextTurn = isAllSent || !pinger.canSend ? max(overdue, now + Self.leastWait) : next
      let wakeTime = pinger.wakeTime
      if wait(until: min(nextTurn, wakeTime ?? .max)) || wakeTime != nil { try pinger.serve() }
    }
  }

  /// Waits until a time; `true` when the socket is ready.
  private func wait(until time: Int64) -> Bool {
    let count = set.wait(nanoseconds: time - SystemClock.monotonicNanoseconds())
    if interrupt.take() { isInterrupted = true }
    return (0..<count).contains { set.token(at: $0) == Self.socketToken }
  }
}
