import ArgumentParser
import EchoCore
import Sockets
import SystemPackage

/// Pings a reflector. See RFC 8762, section 4.2.
final class StampPinger: Pinger {
  /// How many events are taken before the loop checks whether it is time to send.
  private static let eventsPerTurn = 64

  private let session: StampSession
  private let link: StampLink
  private var probe: StampProbe
  private var clockError: StampClockError
  private var message: [UInt8]

  /// Makes the sockets.
  init(_ peer: Peer, _ plan: StampPlan, _ session: StampSession, _ loop: PingLoop) throws(LinkError) {
    self.session = session
    link = try StampLink(peer, loop.set, token: PingLoop.socketToken)
    probe = try LinkError.preparing { () throws(Errno) in
      try StampProbe(peer, plan, loop.set, token: PingLoop.socketToken)
    }
    clockError = StampClockError(plan.format)
    message = session.statistics.requests.request(StampRequests.Variables())
  }

  var peer: Peer { link.peer }
  var progress: PingSchedule.Progress { session.progress }

  /// When the next probe is due, if it is not known yet whether the reflector keeps sessions.
  var wakeTime: Int64? { needsProbe ? probe.dueTime : nil }

  private var needsProbe: Bool {
    session.statistics.keepsSessions == nil && session.statistics.received > 0 && !session.isComplete
  }

  func send() throws(ExitCode) {
    try session.begin()
    // Asking takes a system call, so do it before reading the time.
    let estimate = clockError.estimate(at: SystemClock.monotonicNanoseconds())
    let (number, variables) = session.statistics.begin(at: .now(), estimate)
    session.statistics.requests.write(variables, to: &message)
    do throws(Errno) {
      try link.send(message, number)
    } catch {
      try session.announce(peer)
      session.fail(number, "\(link.sendError(error))")
    }
    // Errors found while sending no longer make the socket ready.
    try serve()
  }

  func serve() throws(ExitCode) {
    for _ in 0..<Self.eventsPerTurn {
      guard let event = link.take() else { break }
      switch event {
      case .datagram(let arrival):
        try session.announce(peer)
        try session.take(arrival, from: peer)
      case .departure(let message, let time): session.statistics.correct(message, time, at: .now())
      case .failure(let error, let message): try note(error, message)
      }
    }
    if let isStateful = probe.take() { session.statistics.isStateful = isStateful }
    sendProbe()
  }

  func finish() throws(ExitCode) { try serve() }

  func showFigures() { session.showFigures() }

  /// A late reply is shown when it comes.
  func giveUp(after timeout: Int64, at now: Int64) {}

  private func sendProbe() {
    guard needsProbe, let dueTime = probe.dueTime, SystemClock.monotonicNanoseconds() >= dueTime else {
      return
    }
    let now = ClockReading.now()
    probe.send(at: now, clockError.estimate(at: now.monotonic))
  }

  /// Notes that a message has no reply.
  private func note(_ error: ReportedError, _ bytes: [UInt8]) throws(ExitCode) {
    let request = bytes.withUnsafeBytes { StampRequest(reading: $0) }
    // The report can arrive after the next message was sent.
    let message = request.flatMap { session.statistics.message($0.sequence) } ?? session.statistics.sent
    try session.announce(peer)
    session.fail(message, "\(LinkError.noReply(peer, .failed(error)))")
  }
}
