import Glibc
import Testing

@testable import Sockets

@Suite("Ctrl-C")
struct InterruptTests {
  @Test("makes a set ready once, and does not end the process")
  func taken() async throws {
    // In a process of its own: every thread of this one would have to block the signal.
    await #expect(processExitsWith: .success) {
      let set = try ReadinessSet()
      let interrupt = try Interrupt()
      try set.add(interrupt.descriptor, for: .readable, token: 7)
      guard !interrupt.take(), set.wait(milliseconds: 0) == 0 else { exit(1) }
      pthread_kill(pthread_self(), SIGINT)
      guard set.wait(milliseconds: 5000) == 1, set.token(at: 0) == 7 else { exit(2) }
      guard interrupt.take(), !interrupt.take(), set.wait(milliseconds: 0) == 0 else { exit(3) }
    }
  }
}
