import Glibc
import TestSupport
import Testing

@testable import Sockets

/// Each test has a process of its own: signals are the process's.
@Suite("Ctrl-C and SIGTERM")
struct InterruptTests {
  @Test("make a set ready once, and do not end the process", arguments: [SIGINT, SIGTERM])
  func taken(number: Int32) async throws {
    await #expect(processExitsWith: .success) { [number] in
      let set = try ReadinessSet()
      let interrupt = try Interrupt()
      try set.add(interrupt.descriptor, for: .readable, token: 7)
      guard !interrupt.take(), set.wait(milliseconds: 0) == 0 else { exit(1) }
      raise(number)
      guard set.wait(milliseconds: 5000) == 1, set.token(at: 0) == 7 else { exit(2) }
      guard interrupt.take(), !interrupt.take(), set.wait(milliseconds: 0) == 0 else { exit(3) }
    }
  }

  @Test("end the process when both arrive, by the second one")
  func second() async throws {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      let interrupt = try Interrupt()
      raise(SIGINT)
      guard interrupt.take() else { exit(1) }
      raise(SIGTERM)
    }
  }

  @Test("are one when timeout(1) sends the same twice, but not for long")
  func repeated() async throws {
    // On a busy machine the first two can be too far apart.
    let areOne = await eventually {
      let result = await #expect(
        processExitsWith: .signal(SIGTERM), observing: [\.standardOutputContent]
      ) {
        let interrupt = try Interrupt()
        raise(SIGTERM)
        raise(SIGTERM)
        guard interrupt.take() else { exit(1) }
        _ = write(STDOUT_FILENO, "one", 3)
        while true { raise(SIGTERM) }
      }
      return result.map { String(decoding: $0.standardOutputContent, as: UTF8.self).contains("one") } ?? false
    }
    #expect(areOne)
  }

  @Test("are taken whatever the process inherited")
  func inherited() async throws {
    await #expect(processExitsWith: .success) {
      signal(SIGINT, SIG_IGN)
      var signals = sigset_t()
      sigfillset(&signals)
      pthread_sigmask(SIG_BLOCK, &signals, nil)
      let interrupt = try Interrupt()
      raise(SIGINT)
      guard interrupt.take() else { exit(1) }
    }
  }

  @Test("can end the process with a text and a status, until an interrupt receives them")
  func ending() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(71), observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      Interrupt.endProcess(printing: "replaced", complaint: "replaced", status: 3)
      Interrupt.endProcess(printing: "a report\n", complaint: "interrupted\n", status: 71)
      raise(SIGTERM)
    }
    let (output, errors) = try (#require(result).standardOutputContent, #require(result).standardErrorContent)
    #expect(String(decoding: output, as: UTF8.self).contains("a report\n"))
    #expect(String(decoding: errors, as: UTF8.self).contains("interrupted\n"))
    let lost = await #expect(processExitsWith: .exitCode(74), observing: [\.standardErrorContent]) {
      guard close(STDOUT_FILENO) == 0, open("/dev/full", O_WRONLY) == STDOUT_FILENO else { exit(1) }
      Interrupt.endProcess(
        printing: "a report\n", complaint: "interrupted\n", status: 71, unwritten: "not written\n")
      raise(SIGTERM)
    }
    let complaint = try String(decoding: #require(lost).standardErrorContent, as: UTF8.self)
    #expect(complaint.contains("not written\n") && !complaint.contains("interrupted\n"))
    await #expect(processExitsWith: .success) {
      Interrupt.endProcess(printing: "", complaint: "", status: 71)
      let interrupt = try Interrupt()
      raise(SIGTERM)
      guard interrupt.take() else { exit(1) }
    }
  }

  @Test("do nothing once, when the program is about to end")
  func late() async throws {
    await #expect(processExitsWith: .success) {
      Interrupt.endProcess(printing: "", complaint: "", status: 71)
      do { _ = try Interrupt() }
      raise(SIGTERM)
    }
  }

  @Test("end the process after a time if asked to, whatever it is waiting for")
  func patience() async throws {
    let result = await #expect(processExitsWith: .exitCode(74), observing: [\.standardErrorContent]) {
      signal(SIGALRM, SIG_IGN)
      let interrupt = try Interrupt(patienceSeconds: 1, stalled: "stalled\n")
      raise(SIGTERM)
      guard interrupt.take() else { exit(1) }
      while true { pause() }
    }
    #expect(result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } == "stalled\n")
  }
}
