import Glibc
import Testing

@Suite("A program beside a test")
struct RunningProgramTests {
  @Test("gets its input and hands over its output, errors and exit status")
  func run() async throws {
    let outcome = try await RunningProgram.run(
      "/bin/sh", ["-c", "cat; echo lost >&2; exit 3"], input: "a\n".utf8)
    #expect(outcome.text == "a\n")
    #expect(outcome.errors == "lost\n")
    #expect(outcome.ending == .exit(3))
  }

  @Test("can be given and can print more than a pipe holds")
  func large() async throws {
    let bytes = [UInt8](repeating: 7, count: 1 << 21)
    #expect(try await RunningProgram.run("/bin/cat", input: bytes).output == bytes)
  }

  @Test("is heard line by line")
  func line() async throws {
    try await RunningProgram.with("/bin/cat", input: .pipe) { program in
      program.write("one\ntw")
      let first = try await program.line { $0.hasPrefix("o") }
      #expect(first == "one")
      program.write("o\n")
      let second = try await program.line { $0.hasPrefix("t") }
      #expect(second == "two")
    }
  }

  @Test("whose line never comes is an error, not a wait")
  func missing() async throws {
    await #expect(throws: RunningProgram.Missing.self) {
      try await RunningProgram.with("/bin/cat") { try await $0.line { _ in true } }
    }
  }

  @Test(
    "ends by the signal that it is sent, whatever the tests' thread blocks or ignores",
    arguments: [SIGTERM, SIGPIPE])
  func signal(number: Int32) async throws {
    try await RunningProgram.with("/bin/cat", input: .pipe) { program in
      program.write("ready\n")
      _ = try await program.line { $0 == "ready" }
      program.signal(number)
      #expect(try await program.outcome().ending == .signal(number))
    }
  }

  @Test("can be given a terminal")
  func terminal() async throws {
    try await RunningProgram.with("/bin/sh", ["-c", "test -t 0 && test -t 1 && cat"], input: .terminal) {
      program in
      program.write("typed\n\u{4}")
      let outcome = try await program.outcome()
      #expect(outcome.text == "typed\n")
      #expect(outcome.ending == .exit(0))
    }
  }

  @Test("is gone when its test is")
  func killed() async throws {
    let pid = try await RunningProgram.with("/bin/sleep", ["1000"]) { $0.pid }
    // It is a zombie until the harness has reaped it; to send it nothing tells whether the id is in use.
    while kill(pid, 0) == 0 { await Task.yield() }
    #expect(errno == ESRCH)
  }
}
