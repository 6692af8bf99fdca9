import Glibc
import Testing

@testable import Sockets

/// Each test has a process of its own: signals are the process's.
@Suite("Ctrl-\\")
struct FiguresRequestTests {
  @Test("makes a set ready, each time, and does not end the process")
  func taken() async throws {
    await #expect(processExitsWith: .success) {
      let set = try ReadinessSet()
      let request = try FiguresRequest()
      try set.add(request.descriptor, for: .readable, token: 7)
      guard !request.take(), set.wait(milliseconds: 0) == 0 else { exit(1) }
      for _ in 0..<2 {
        raise(SIGQUIT)
        raise(SIGQUIT)
        guard set.wait(milliseconds: 5000) == 1, set.token(at: 0) == 7 else { exit(2) }
        guard request.take(), !request.take(), set.wait(milliseconds: 0) == 0 else { exit(3) }
      }
    }
  }

  @Test("is taken even if the process inherited that it is ignored")
  func inherited() async throws {
    await #expect(processExitsWith: .success) {
      signal(SIGQUIT, SIG_IGN)
      let request = try FiguresRequest()
      raise(SIGQUIT)
      guard request.take() else { exit(1) }
    }
  }
}
