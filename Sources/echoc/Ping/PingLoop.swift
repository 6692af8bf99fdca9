import ArgumentParser
import Sockets
import SystemPackage

/// Sends messages and takes their replies over one transport. Its socket is in the loop's set.
protocol Pinger: AnyObject {
  /// The address that it talks to.
  var peer: Peer { get }
  /// The progress of the ping.
  var progress: PingSchedule.Progress { get }
  /// When it goes on though the socket is not ready; `nil` for never.
  var wakeTime: Int64? { get }

  /// Sends the next message.
  func send() throws(ExitCode)
  /// Goes on when the socket is ready.
  func serve() throws(ExitCode)
  /// Gives up a message that was begun longer ago than the timeout.
  func giveUp(after timeout: Int64, at now: Int64) throws(ExitCode)
  /// Takes what has already arrived. Nothing is sent after that.
  func finish() throws(ExitCode)
  /// Prints the figures so far on standard error.
  func showFigures()
}

extension Pinger {
  var wakeTime: Int64? { nil }
}

/// Sends a ping's messages by its ``PingSchedule`` and waits for their replies.
final class PingLoop {
  /// The token of the pinger's socket in the set.
  static let socketToken: UInt64 = 1
  private static let interruptToken: UInt64 = 0
  private static let figuresToken: UInt64 = 2
  /// How long an interrupted ping waits for the reader of its output.
  private static let outputPatienceSeconds: UInt32 = 2
  /// How long signals are not looked at, while the next message is always due, in nanoseconds.
  private static let signalInterval: Int64 = 10_000_000

  let set: ReadinessSet
  private let interrupt: Interrupt
  private let figuresRequest: FiguresRequest
  private var isInterrupted = false
  /// When the set was waited for last.
  private var waitedAt: Int64 = 0

  /// From now on an interrupt ends the loop, and SIGQUIT shows the figures.
  init() throws(Errno) {
    let set = try ReadinessSet()
    let interrupt = try Interrupt(
      patienceSeconds: Self.outputPatienceSeconds,
      stalled: "echoc: cannot write to standard output: its reader has stopped reading\n")
    let figuresRequest = try FiguresRequest()
    try set.add(interrupt.descriptor, for: .readable, token: Self.interruptToken)
    try set.add(figuresRequest.descriptor, for: .readable, token: Self.figuresToken)
    self.set = set
    self.interrupt = interrupt
    self.figuresRequest = figuresRequest
  }

  /// Sends the plan's messages until it is over or interrupted.
  func run(_ pinger: any Pinger, _ plan: PingPlan) throws(ExitCode) {
    var schedule = PingSchedule(plan, at: SystemClock.monotonicNanoseconds())
    while !isInterrupted {
      let now = SystemClock.monotonicNanoseconds()
      try pinger.giveUp(after: plan.timeout, at: now)
      let progress = pinger.progress
      if schedule.isOver(progress, at: now) { break }
      if schedule.isDue(progress, at: now) {
        schedule.sent(progress, at: now)
        try pinger.send()
        schedule.endedSending(at: SystemClock.monotonicNanoseconds())
        guard now - waitedAt >= Self.signalInterval else { continue }
        waitedAt = now
        if wait(nanoseconds: 0, pinger) { try pinger.serve() }
        continue
      }
      waitedAt = now
      let wakeTime = pinger.wakeTime
      let end = min(schedule.nextTurn(progress, at: now), wakeTime ?? .max)
      let isReady = wait(nanoseconds: end - SystemClock.monotonicNanoseconds(), pinger)
      if isReady || wakeTime != nil { try pinger.serve() }
    }
    try pinger.finish()
  }

  /// Waits for the set and takes signals; `true` when the socket is ready.
  private func wait(nanoseconds: Int64, _ pinger: any Pinger) -> Bool {
    var isReady = false
    for index in 0..<set.wait(nanoseconds: nanoseconds) {
      switch set.token(at: index) {
      case Self.interruptToken: isInterrupted = interrupt.take() || isInterrupted
      case Self.figuresToken: if figuresRequest.take() { pinger.showFigures() }
      default: isReady = true
      }
    }
    return isReady
  }
}
