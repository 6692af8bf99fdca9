import Glibc
import Testing
import TestSupport

@Suite("echod on a terminal")
struct TerminalTests {
  private static let configuration = """
    { "admin": null, "listeners": [{ "name": "t", "transport": "tcp", "port": 0 }] }
    """

  /// Runs a command on a terminal, with the paths of echod and of its configuration as `$0` and `$1`, and waits until
  /// echod is ready.
  private func withTerminal(
    _ command: String, _ body: (RunningProgram) async throws -> Void
  ) async throws {
    let runner = PythonProgram(file: "Daemon/terminal.py", arguments: [])
    try await TemporaryFile.with(Self.configuration) { path in
      let arguments = runner.command.dropFirst() + ["/bin/bash", "-c", command, BuiltProgram.echod, path]
      try await RunningProgram.with(runner.command[0], Array(arguments), input: .pipe) { program in
        _ = try await program.line(on: .errors) { $0.hasSuffix(" is ready") }
        try await body(program)
      }
    }
  }

  @Test(
    "stops when the terminal goes away, as whatever it runs there",
    arguments: [
      #"exec "$0" --config "$1""#, #""$0" --config "$1"; true"#,
      #"exec bash -ic '"$0" --config "$1"; true' "$0" "$1""#,
      #"exec bash -ic '"$0" --config "$1" & wait' "$0" "$1""#,
      #"exec bash -ic 'sh -c "\"$0\" --config \"$1\"; true"; true' "$0" "$1""#,
      #"exec bash -ic 'make -sf /dev/stdin ECHOD="$0" FILE="$1" <<< "all:; \$(ECHOD) --config \$(FILE)"' "$0" "$1""#,
    ])
  func hangUp(command: String) async throws {
    try await withTerminal(command) { program in
      program.closeInput()
      // All that had its standard error have ended.
      let errors = try await program.outcome().errors
      #expect(errors.contains(" SIGHUP: draining, then stopping\n"))
      #expect(errors.hasSuffix(" stopped\n"))
      #expect(!errors.contains("was read again"))
    }
  }

  @Test("answers what it has received before it stops, however often it is told")
  func drain() async throws {
    try await withTerminal(#"exec "$0" --config "$1""#) { program in
      let pid = try await pid(of: program)
      let line = try await program.line(on: .errors) { $0.contains(" t: echo on tcp ") }
      let port = try #require(
        line.split(separator: ":").last.flatMap { UInt16($0.prefix(while: \.isNumber)) })
      let client = try PlainSocket(connectedTo: .init(address: .loopbackIPv4, port: port))
      try await client.send([1])
      #expect(try await client.receive() == [1])
      kill(pid, SIGSTOP)
      try await client.send([2])
      program.closeInput()
      // A shell sends the signal too.
      kill(pid, SIGHUP)
      kill(pid, SIGCONT)
      #expect(try await client.receive() == [2])
      client.shutdownSending()
      let outcome = try await program.outcome()
      #expect(outcome.text.hasSuffix("ended with 0\n"))
      #expect(!outcome.errors.contains("stopping at once"))
    }
  }

  @Test("reloads when it gets SIGHUP while the terminal is there")
  func reload() async throws {
    try await withTerminal(#"exec "$0" --config "$1""#) { program in
      kill(try await pid(of: program), SIGHUP)
      _ = try await program.line(on: .errors) { $0.contains(" was read again") }
      program.closeInput()
      #expect(try await program.outcome().text.hasSuffix("ended with 0\n"))
    }
  }

  @Test(
    "reloads on each SIGHUP under nohup and in a session without a terminal",
    arguments: ["nohup", "setsid --wait"])
  func noHangUp(command: String) async throws {
    // The process notes its own id. To a terminal nohup would not print, but make a file instead.
    try await withTerminal(
      #"exec \#(command) sh -c 'echo "pid $$" >&2; exec "$0" --config "$1"' "$0" "$1" > /dev/null"#
    ) { program in
      let line = try await program.line(on: .errors) { $0.hasPrefix("pid ") }
      let pid = try #require(pid_t(line.dropFirst(4)))
      program.closeInput()
      kill(pid, SIGHUP)
      _ = try await program.line(on: .errors) { $0.contains(" was read again") }
      kill(pid, SIGTERM)
      #expect(try await program.outcome().errors.hasSuffix(" stopped\n"))
    }
  }

  private func pid(of program: RunningProgram) async throws -> pid_t {
    let line = try await program.line { pid_t($0) != nil }
    return try #require(pid_t(line))
  }
}
