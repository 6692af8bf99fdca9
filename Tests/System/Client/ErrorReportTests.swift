import Testing

/// A program that asked for JSON gets an object, whatever happened.
@Suite("echoc ping and bench with --json, in trouble", .serialized)
struct ErrorReportTests {
  private static let unknown = String(repeating: "a", count: 64)

  @Test("print the error instead of figures when they cannot begin")
  func unresolvable() async throws {
    for transport in ["udp", "tcp"] {
      try await expect(
        "cannot resolve \(Self.unknown): ", of: "\(transport)://\(Self.unknown):7", ping: 2, bench: 71)
    }
  }

  @Test("print the error when the server refuses them", arguments: ["udp", "tcp"])
  func refused(transport: String) async throws {
    try await withUnusedEndpoint { endpoint in
      let sentence = transport == "tcp" ? "cannot connect to" : "no reply from"
      try await expect(
        "\(sentence) \(transport) \(endpoint): Connection refused", of: "\(transport)://\(endpoint)", ping: 1,
        bench: 71)
    }
  }

  @Test("print the error when the system has no way to an address")
  func address() async throws {
    // Only an interface has link-local neighbours.
    try await expect("cannot connect to udp [fe80::1]:7: ", of: "udp://[fe80::1]:7", ping: 2, bench: 71)
  }

  @Test("print the error when the server hangs up", arguments: [[String](), ["--churn"]])
  func closing(arguments: [String]) async throws {
    try await PythonProgram.odd("tcp_closing_unread").serve { port in
      let endpoint = "tcp://127.0.0.1:\(port)"
      let pinged = try await run(["ping", endpoint, "-c", "1"])
      #expect(try PingSummary(pinged.output).error?.hasPrefix("no reply from tcp ") == true)
      let loaded = try await run(["bench", endpoint, "-d", "1"] + arguments)
      let summary = try BenchSummary(loaded.output)
      #expect(summary.error?.hasPrefix("no reply from tcp 127.0.0.1:\(port)") == true)
      #expect(summary.messages.lost == summary.messages.sent && summary.latencyMicroseconds == nil)
      #expect(loaded.ending == .exit(71))
    }
  }

  @Test("print the error when descriptors are short")
  func descriptors() async throws {
    let command = "ulimit -n 20; exec \(BuiltProgram.echoc) bench -c 10 --json tcp://127.0.0.1:7"
    let outcome = try await RunningProgram.run("/bin/sh", ["-c", command])
    let summary = try BenchSummary(outcome.output)
    #expect(summary.error?.hasSuffix(" more file descriptors than the system's limit of 20") == true)
    #expect(summary.connections.made == 0 && outcome.ending == .exit(71))
  }

  @Test("print a wrong reply as the error, beside what was right")
  func wrong() async throws {
    try await PythonProgram.odd("tcp_spoiling").serve { port in
      let summary = try await BenchSummary.of("tcp://127.0.0.1:\(port)", ["-d", "1", "-p", "2"], exit: 1)
      #expect(
        summary.error?.hasPrefix("a reply was wrong: byte 35 of reply 1 on connection 0 was 0x3F") == true)
      #expect(summary.messages.answered > 0)
    }
    try await PythonProgram.odd("udp_shortening").serve { port in
      let outcome = try await wronglyAnsweredPing("udp://127.0.0.1:\(port)")
      let summary = try PingSummary(outcome.output)
      #expect(summary.error == "wrong reply from udp 127.0.0.1:\(port): 55 bytes instead of 56")
      #expect(summary.wrong == 1 && outcome.ending == .exit(2))
    }
  }

  @Test("print no error when all is well")
  func success() async throws {
    try await PythonProgram.odd("udp_doubling").serve { port in
      for command in [["ping", "-c", "1"], ["bench", "-d", "1"]] {
        let outcome = try await run(command + ["udp://127.0.0.1:\(port)"])
        #expect(!outcome.text.contains("\"error\"") && outcome.errors == "" && outcome.ending == .exit(0))
      }
    }
  }

  /// Runs both, and expects an object with the error, which is on standard error too.
  private func expect(_ sentence: String, of endpoint: String, ping: Int32, bench: Int32) async throws {
    let pinged = try await run(["ping", endpoint, "-c", "1"])
    let round = try PingSummary(pinged.output)
    #expect(round.error?.hasPrefix(sentence) == true && pinged.errors.contains(sentence))
    #expect(round.received == 0 && round.roundTripMilliseconds == nil && pinged.ending == .exit(ping))
    let loaded = try await run(["bench", endpoint, "-d", "1"])
    let load = try BenchSummary(loaded.output)
    #expect(load.error?.hasPrefix(sentence) == true && loaded.errors == "echoc: \(load.error ?? "")\n")
    #expect(load.messages.answered == 0 && load.latencyMicroseconds == nil && loaded.ending == .exit(bench))
  }

  private func run(_ arguments: [String]) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.echoc, arguments + ["--json"])
  }
}
