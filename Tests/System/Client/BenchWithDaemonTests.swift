import Testing

/// Both ends count each message, so that no number of the bench has to be believed. One load at a time, to spare the tests
/// that run at the same time.
@Suite("echoc bench with echod", .serialized)
struct BenchWithDaemonTests {
  @Test(
    "gets every message back, over as many clients as it was told to use",
    arguments: [
      ("tcp", ["-c", "1"], 1, 64), ("tcp", ["-c", "5", "-p", "3"], 5, 64),
      ("tcp", ["-c", "2", "-p", "8", "-s", "100000"], 2, 100_000), ("tcp", ["-s", "1048576"], 1, 1_048_576),
      ("tcp", ["-c", "3", "--rate", "500"], 3, 64),
      ("udp", ["-c", "1"], 1, 64), ("udp", ["-c", "5", "-p", "3"], 5, 64), ("udp", ["-s", "0"], 1, 0),
      ("udp", ["-c", "2", "-s", "65507"], 2, 65_507), ("udp", ["-c", "3", "--rate", "500"], 3, 64),
    ])
  func everyMessage(transport: String, arguments: [String], clients: Int, bytes: Int) async throws {
    try await withListener(transport) { endpoint, daemon in
      let summary = try await BenchSummary.of(endpoint, ["-d", "1"] + arguments)
      let messages = summary.messages.excusingLosses(over: transport)
      #expect(summary.messages.answered > 0)
      #expect(messages == BenchSummary.Messages(sent: messages.sent, answered: messages.sent))
      #expect(summary.errors == 0 && summary.connections.broken == 0 && summary.connections.made == clients)
      let served = try #require(try await daemon.stats()[listener: "l"])
      #expect(served.bytes == Stats.InAndOut(received: messages.sent * bytes, sent: messages.sent * bytes))
      #expect(served.clients.total == clients)
      if transport == "udp" { #expect(served.messages.received == messages.sent) }
      #expect(abs(summary.messagesPerSecond * summary.seconds - Double(summary.messages.answered)) < 0.01)
      let latencies = try #require(summary.latencyMicroseconds)
      let ascending = [
        latencies.min, latencies.p50, latencies.p90, latencies.p99, latencies.p999, latencies.max,
      ]
      #expect(ascending == ascending.sorted() && latencies.min > 0)
    }
  }

  @Test("sends all that a rate asks for, and no more", arguments: ["tcp", "udp"])
  func rate(transport: String) async throws {
    try await withListener(transport) { endpoint, _ in
      let summary = try await BenchSummary.of(endpoint, ["-c", "2", "-d", "1", "--rate", "300"])
      let messages = summary.messages.excusingLosses(over: transport)
      #expect(messages == BenchSummary.Messages(sent: 300, answered: 300))
    }
  }

  @Test(
    "ends in time at a rate that is too high, and counts what was not sent",
    arguments: [("udp", [String]()), ("tcp", []), ("tcp", ["--churn"])])
  func impossibleRate(transport: String, arguments: [String]) async throws {
    try await withListener(transport) { endpoint, _ in
      let summary = try await BenchSummary.of(endpoint, ["-d", "1", "--rate", "10000000"] + arguments)
      let messages = summary.messages.excusingLosses(over: transport)
      #expect(messages.answered == messages.sent && messages.sent > 0)
      #expect(messages.sent + messages.unsent == 10_000_000)
    }
  }

  @Test(
    "makes a connection for each message with --churn, whichever end closes it",
    arguments: [
      ("", [String](), false), (#", "closeAfterReply": true"#, [], true), ("", ["--rate", "200"], false),
    ])
  func churn(option: String, arguments: [String], serverCloses: Bool) async throws {
    try await withListener("tcp", option) { endpoint, daemon in
      let summary = try await BenchSummary.of(endpoint, ["--churn", "-c", "3", "-d", "1"] + arguments)
      let messages = summary.messages
      #expect(messages.answered > 0)
      #expect(messages == BenchSummary.Messages(sent: messages.sent, answered: messages.sent))
      #expect(summary.connections.made == messages.sent && summary.connections.broken == 0)
      #expect(summary.connections.closedByServer == (serverCloses ? messages.sent : 0))
      let served = try #require(try await daemon.stats()[listener: "l"])
      // One exchange before the load found out which end closes.
      #expect(served.clients.total == messages.sent + 1)
    }
  }

  @Test("ends with 1 and mentions --churn when the server closes after each reply")
  func closingServer() async throws {
    try await withListener("tcp", #", "closeAfterReply": true"#) { endpoint, _ in
      let outcome = try await RunningProgram.run(BuiltProgram.echoc, ["bench", endpoint, "-d", "3600"])
      #expect(outcome.errors.hasSuffix(" use --churn\n") && outcome.ending == .exit(1))
    }
  }

  @Test("prints a summary for people")
  func people() async throws {
    try await withListener("udp") { endpoint, _ in
      let outcome = try await RunningProgram.run(BuiltProgram.echoc, ["bench", endpoint, "-d", "1"])
      let lines = outcome.text.split(separator: "\n")
      #expect(lines.first?.hasPrefix("BENCH \(endpoint) (udp ") == true)
      let labels = lines.dropFirst().map { $0.prefix { $0 != " " } }
      #expect(labels == ["messages", "throughput", "latency"])
      #expect(outcome.errors == "" && outcome.ending == .exit(0))
    }
  }

  @Test(
    "prints its summary after Ctrl-C or SIGTERM, however much is due", arguments: ["tcp", "udp"],
    [["-c", "1"], ["-c", "2"], ["--rate", "10000000"]])
  func interrupted(transport: String, arguments: [String]) async throws {
    for signal: Int32 in [2, 15] {
      try await withListener(transport) { endpoint, daemon in
        let command = ["bench", endpoint, "-d", "3600"] + arguments
        try await RunningProgram.with(BuiltProgram.echoc, command) { program in
          _ = try await program.line { $0.hasPrefix("BENCH ") }
          while try await daemon.stats().totals.messages.sent < 10 {
            try await Task.sleep(for: .milliseconds(10))
          }
          program.signal(signal)
          let outcome = try await program.outcome()
          #expect(outcome.text.contains("throughput"))
          #expect(outcome.text.contains(transport == "udp" ? " 0 wrong" : " 0 wrong, 0 lost"))
          #expect(outcome.ending == .exit(0))
        }
      }
    }
  }

  private func withListener(
    _ transport: String, _ option: String = "", _ body: (String, RunningDaemon) async throws -> Void
  ) async throws {
    let listener = #"{ "name": "l", "transport": "\#(transport)", "port": 0\#(option) }"#
    try await RunningDaemon.with(#"{ "admin": { "port": 0 }, "listeners": [\#(listener)] }"#) { daemon in
      try await body("\(transport)://\(daemon.endpoint(of: "l"))", daemon)
    }
  }
}
