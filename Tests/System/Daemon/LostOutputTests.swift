import Glibc
import Testing

@Suite("Output that echod cannot write")
struct LostOutputTests {
  private static let commands = [
    ["show"], ["check"], ["--version"], ["--help"], ["help", "check"],
    ["--generate-completion-script", "bash"],
  ]

  /// Runs echod in a shell, with its standard output redirected.
  private func run(_ arguments: [String], _ redirection: String) async throws -> RunningProgram.Outcome {
    // Long enough for several writes of the buffer.
    let listeners = (1...100).map { #"{ "transport": "udp", "port": \#($0) }"# }.joined(separator: ",")
    return try await TemporaryFile.with(#"{ "listeners": [\#(listeners)] }"#) { path in
      let file = ["show", "check"].contains(arguments[0]) ? ["--config", path] : []
      return try await RunningProgram.run(
        "/bin/bash", ["-c", #"exec "$0" "$@" \#(redirection)"#, BuiltProgram.echod] + arguments + file)
    }
  }

  @Test("is an error on a full disk", arguments: commands)
  func fullDisk(arguments: [String]) async throws {
    let outcome = try await run(arguments, "> /dev/full")
    #expect(outcome.ending == .exit(74))
    #expect(outcome.errors == "echod: cannot write to standard output: No space left on device\n")
  }

  @Test("is an error where standard output is closed", arguments: commands)
  func closed(arguments: [String]) async throws {
    let outcome = try await run(arguments, ">&-")
    #expect(outcome.ending == .exit(74))
    #expect(outcome.errors == "echod: cannot write to standard output: Bad file descriptor\n")
  }

  @Test("does not change the status of another error", arguments: ["/dev/full", "&-"])
  func otherError(output: String) async throws {
    let outcome = try await run(["check", "--activation"], ">\(output)")
    #expect(outcome.ending == .exit(66))
    #expect(outcome.errors.hasPrefix("standard input: "))
  }

  @Test("ends echod silently if the reader has gone, as it ends other programs")
  func brokenPipe() async throws {
    for (trap, status) in [("-", 128 + SIGPIPE), ("''", 74)] {
      let script = #"trap \#(trap) PIPE; exec 3> >(true); wait $!; "$0" "$@" >&3; echo "$?" >&2"#
      let outcome = try await RunningProgram.run(
        "/bin/bash", ["-c", script, BuiltProgram.echod, "--help"])
      #expect(outcome.errors == "\(status)\n")
    }
  }
}
