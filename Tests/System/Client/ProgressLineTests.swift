import Foundation
import Testing

/// The terminal is one pty for standard input, output and error, as in a shell.
@Suite("The progress line of echoc bench", .serialized)
struct ProgressLineTests {
  /// What rewrites a line.
  private static let clearing = "\r\u{1B}[K"

  @Test("is rewritten each second on a terminal, and erased before the summary", arguments: ["udp", "tcp"])
  func terminal(transport: String) async throws {
    let shown = try await output(
      #"exec "$0" bench -d 3 "$1" 2>&1"#, transport, environment: ["TERM": "xterm"])
    let parts = shown.components(separatedBy: Self.clearing)
    // The heading; the lines after one and two seconds, and perhaps one more; what follows the last one's end.
    try #require(parts.count >= 4, "\(shown)")
    #expect(parts[1].contains(#/^[12] s left, [1-9][0-9]* messages/s$/#), "\(parts[1])")
    #expect(parts[2].contains(#/^[01] s left, |^waiting /#), "\(parts[2])")
    #expect(parts.last?.hasPrefix("messages ") == true && !shown.contains("\r\n\r"), "\(shown)")
    #expect(parts[0].hasPrefix("BENCH ") && parts[0].hasSuffix("\n"))
  }

  @Test(
    "is not shown where nobody watches it, for a short run, or with --json",
    arguments: [
      (#"exec "$0" bench -d 2 "$1" 2>&1"#, "xterm"), (#"exec "$0" bench -d 3 "$1" 2>&1"#, "dumb"),
      (#"exec "$0" bench -d 3 "$1" 2>&1"#, ""), (#"exec "$0" bench -d 3 --json "$1" 2>&1"#, "xterm"),
      (#"exec "$0" bench -d 3 "$1" 2>&1 | cat"#, "xterm"), (#""$0" bench -d 3 "$1" 2> >(cat)"#, "xterm"),
    ])
  func noTerminal(command: String, kind: String) async throws {
    let shown = try await output(command, "udp", environment: ["TERM": kind])
    #expect(!shown.contains("\u{1B}") && !shown.contains(" left"), "\(shown)")
    #expect(shown.contains("messages"))
  }

  /// Runs a command of bash on a terminal, with echoc as `$0` and a server as `$1`, and returns what is shown.
  private func output(
    _ command: String, _ transport: String, environment: [String: String]
  ) async throws -> String {
    let listener = #"{ "name": "l", "transport": "\#(transport)", "port": 0 }"#
    return try await RunningDaemon.with(#"{ "admin": null, "listeners": [\#(listener)] }"#) { daemon in
      let endpoint = "\(transport)://\(try daemon.endpoint(of: "l"))"
      return try await RunningProgram.with(
        "/bin/bash", ["-c", command, BuiltProgram.echoc, endpoint], input: .terminal, environment: environment
      ) { program in
        let outcome = try await program.outcome()
        #expect(outcome.ending == .exit(0), "\(outcome)")
        return outcome.text + outcome.errors
      }
    }
  }
}
