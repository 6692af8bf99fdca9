import Addresses
import ArgumentParser
import Glibc
import Sockets
import Testing

@testable import echoc

/// Each test has a process of its own: signals are the process's.
@Suite("A ping whose next message is always due")
struct PingLoopTests {
  @Test("ends when it is interrupted, and shows its figures on SIGQUIT")
  func signals() async throws {
    await #expect(processExitsWith: .success) {
      let loop = try PingLoop()
      let pinger = RestlessPinger()
      var plan = PingPlan()
      (plan.isFlood, plan.deadline) = (true, 60_000_000_000)
      try loop.run(pinger, plan)
      guard pinger.hasShownFigures else { exit(1) }
      guard pinger.isInterrupted, SystemClock.monotonicNanoseconds() < pinger.end else { exit(2) }
    }
  }
}

/// A pinger whose messages are answered at once. It asks for its figures with the first message, and is interrupted with
/// the first one after that.
private final class RestlessPinger: Pinger {
  let peer = Peer(transport: .udp, endpoint: Endpoint(address: .loopbackIPv4, port: 7))
  var progress = PingSchedule.Progress(sent: 0, received: 0, canSend: true, isDone: false)
  private(set) var hasShownFigures = false
  private(set) var isInterrupted = false
  /// Before the ping's deadline.
  let end = SystemClock.monotonicNanoseconds() + 50_000_000_000

  func send() {
    if progress.sent == 0 { raise(SIGQUIT) }
    if hasShownFigures, !isInterrupted {
      isInterrupted = true
      raise(SIGINT)
    }
    progress.sent += 1
    progress.received += 1
  }

  func serve() {}
  func giveUp(after timeout: Int64, at now: Int64) {}
  func finish() {}
  func showFigures() { hasShownFigures = true }
}
