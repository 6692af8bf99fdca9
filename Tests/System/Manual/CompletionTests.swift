import Glibc
import Testing

/// What a shell makes of a Tab. zsh and fish get their scripts from the same description of the command line.
@Suite("The completions")
struct CompletionTests {
  private static let configuration = #"{ "listeners": [{ "transport": "udp", "port": 7 }] }"#

  /// Someone at a terminal with bash, in a directory with a configuration and a file that is none.
  private func withShell<Result>(_ body: (RunningProgram) async throws -> Result) async throws -> Result {
    try await TemporaryDirectory.with { directory in
      try TemporaryFile.write(Self.configuration, to: "\(directory)/mine.json")
      try TemporaryFile.write("", to: "\(directory)/mine.txt")
      let environment = ["PATH": "\(BuiltProgram.directory):/usr/bin:/bin", "TERM": "dumb", "HISTFILE": ""]
      // In a session of its own, so that the shell takes this terminal for its own and not the one of the tests.
      let arguments = ["--ctty", "--wait", "bash", "--noprofile", "--norc", "-i"]
      return try await RunningProgram.with(
        "/usr/bin/setsid", arguments, input: .terminal, environment: environment
      ) { shell in
        for program in ["echod", "echoc"] {
          shell.write("source <(\(program) --generate-completion-script bash)\n")
        }
        shell.write("cd \(directory)\n")
        return try await body(shell)
      }
    }
  }

  @Test("know the subcommands and options of echod, and its files by their extension")
  func daemon() async throws {
    try await withShell { shell in
      shell.write("echod ch\t--con\tm\t\n")
      _ = try await shell.line { $0.hasSuffix("mine.json: ok") }
    }
  }

  @Test("know the subcommands of echoc, and that an endpoint is no file")
  func client() async throws {
    try await withShell { shell in
      shell.write("echoc t\tmine.j\t\n")
      let error = try await shell.line(on: .errors) { $0.contains("endpoint") }
      #expect(error.contains("'mine.j' is invalid"))
    }
  }
}
