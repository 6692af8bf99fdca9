import Addresses
import Glibc
import TestSupport
import Testing

@Suite("Output that echoc cannot write")
struct UnwrittenOutputTests {
  private static let parserCommands = [
    ["--version"], ["--help"], ["help", "ping"], ["talk", "--help"],
    ["--generate-completion-script", "bash"],
  ]
  private static let serverCommands = [
    ["talk"], ["ping", "-c", "1"], ["ping", "-c", "1", "--json"], ["bench", "-d", "1"],
    ["bench", "-d", "1", "--json"],
  ]

  /// Runs echoc in a shell, with its standard output redirected.
  private func run(_ arguments: [String], _ redirection: String) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(
      "/bin/bash", ["-c", #"exec "$0" "$@" \#(redirection)"#, BuiltProgram.echoc] + arguments,
      input: "hello\n".utf8)
  }

  /// Runs it with a server that answers.
  private func runWithServer(
    _ arguments: [String], _ redirection: String
  ) async throws -> RunningProgram.Outcome {
    try await PythonProgram.odd("udp_doubling").serve { port in
      try await run([arguments[0], "udp://127.0.0.1:\(port)"] + arguments.dropFirst(), redirection)
    }
  }

  private func expectFailure(_ outcome: RunningProgram.Outcome, _ reason: String) {
    #expect(outcome.ending == .exit(74))
    #expect(outcome.errors == "echoc: cannot write to standard output: \(reason)\n")
  }

  @Test("is an error on a full disk", arguments: parserCommands)
  func fullDisk(arguments: [String]) async throws {
    expectFailure(try await run(arguments, "> /dev/full"), "No space left on device")
  }

  @Test("is an error on a full disk, whatever the server answers", arguments: serverCommands)
  func fullDiskAndServer(arguments: [String]) async throws {
    expectFailure(try await runWithServer(arguments, "> /dev/full"), "No space left on device")
  }

  @Test("is an error where standard output is closed", arguments: parserCommands)
  func closed(arguments: [String]) async throws {
    expectFailure(try await run(arguments, ">&-"), "Bad file descriptor")
  }

  @Test("is an error where standard output is closed, whatever the server answers", arguments: serverCommands)
  func closedAndServer(arguments: [String]) async throws {
    expectFailure(try await runWithServer(arguments, ">&-"), "Bad file descriptor")
  }

  @Test("does not change the status of another error", arguments: ["> /dev/full", ">&-"])
  func otherError(redirection: String) async throws {
    let wrong = try await run(["ping", "udp://localhost:"], redirection)
    #expect(wrong.ending == .exit(64) && wrong.errors.hasPrefix("Error: "))
  }

  @Test("ends echoc silently if the reader has gone, as it ends other programs")
  func brokenPipe() async throws {
    try await PythonProgram.odd("udp_doubling").serve { port in
      for arguments in ["--help", "ping -c 1 udp://127.0.0.1:\(port)", "talk udp://127.0.0.1:\(port)"] {
        for (trap, status) in [("-", 128 + SIGPIPE), ("''", 74)] {
          let script =
            #"trap \#(trap) PIPE; exec 3> >(true); wait $!; "$0" \#(arguments) >&3; echo "$?" >&2"#
          let outcome = try await RunningProgram.run(
            "/bin/bash", ["-c", script, BuiltProgram.echoc], input: "hello\n".utf8)
          #expect(outcome.errors == "\(status)\n", "\(arguments)")
        }
      }
    }
  }

  @Test("does not keep a ping from ending at its first signal if its reader has stopped reading")
  func fullPipe() async throws {
    let server = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    try await TemporaryDirectory.with { directory in
      // dd(1) fills the pipe and then fails.
      let script = """
        mkfifo "$1" && exec 3<> "$1"
        dd if=/dev/zero of="$1" bs=4096 oflag=nonblock 2> /dev/null
        exec "$0" ping --json-lines "$2" >&3
        """
      let arguments = [BuiltProgram.echoc, "\(directory)/pipe", "\(try server.localEndpoint())"]
      try await RunningProgram.with("/bin/bash", ["-c", script] + arguments) { program in
        let (bytes, client) = try await server.receiveDatagram()
        try server.send(bytes, to: client)
        program.signal(SIGTERM)
        let outcome = try await program.outcome()
        expectFailure(outcome, "its reader has stopped reading")
      }
    }
  }
}
