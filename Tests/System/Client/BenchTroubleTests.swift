import Testing

@Suite("echoc bench in trouble", .serialized)
struct BenchTroubleTests {
  @Test("reports a byte that came back changed, and where it was, and ends with 1")
  func wrongByte() async throws {
    try await PythonProgram.odd("tcp_spoiling").serve { port in
      // The byte is in the second message.
      let arguments = ["-d", "1", "-p", "2"]
      let summary = try await BenchSummary.of("tcp://127.0.0.1:\(port)", arguments, exit: 1)
      #expect(summary.messages.wrong == 1 && summary.messages.lost == 0)
      #expect(summary.messages.answered == summary.messages.sent - 1)
      let outcome = try await bench("tcp://127.0.0.1:\(port)", arguments)
      #expect(outcome.text.contains("byte 35 of reply 1 on connection 0 was 0x3F instead of "))
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test(
    "does not take a changed or shorter datagram for a reply",
    arguments: [
      ("udp_spoiling", "byte 63 of a datagram was 0x3F"),
      ("udp_shortening", "a datagram had 63 bytes instead of 64"),
    ])
  func wrongDatagram(behaviour: String, sentence: String) async throws {
    try await PythonProgram.odd(behaviour).serve { port in
      let outcome = try await bench("udp://127.0.0.1:\(port)", ["-d", "1"])
      #expect(outcome.text.contains(sentence))
      #expect(outcome.text.contains(" 0 answered"))
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test(
    "counts lost datagrams, here one for each socket, and ends with 1 when they are too many",
    arguments: [(1, [String](), 0), (3, ["--max-loss", "99.5"], 0), (3, ["--max-loss", "0"], 1)])
  func lost(sockets: Int, arguments: [String], status: Int32) async throws {
    try await PythonProgram.odd("udp_losing").serve { port in
      let summary = try await BenchSummary.of(
        "udp://127.0.0.1:\(port)", ["-d", "3", "-c", "\(sockets)"] + arguments, exit: status)
      let messages = summary.messages
      #expect(summary.error?.hasPrefix("\(messages.lost) of ") ?? (status == 0))
      // On a busy machine more can be late.
      #expect(messages.lost >= sockets && messages.wrong == 0)
      #expect(messages.answered == messages.sent - messages.lost && messages.answered > 0)
    }
  }

  @Test("counts a second reply as a duplicate")
  func duplicates() async throws {
    try await PythonProgram.odd("udp_doubling").serve { port in
      let summary = try await BenchSummary.of("udp://127.0.0.1:\(port)", ["-d", "1"])
      let messages = summary.messages.excusingLosses(over: "udp")
      // The last one can come after the end.
      #expect(messages.sent - messages.duplicate <= 1)
      #expect(messages.answered == messages.sent && messages.wrong == 0)
    }
  }

  /// A stall of 500 ms in a second delays what was due in it: a quarter of all messages by more than 250 ms. In a closed
  /// loop at most one message would have been sent meanwhile.
  @Test(
    "shows a stall of the server in the latencies of all messages that were due meanwhile",
    arguments: [("tcp", "tcp_pausing"), ("udp", "udp_pausing")])
  func coordinatedOmission(transport: String, behaviour: String) async throws {
    try await PythonProgram.odd(behaviour).serve { port in
      let summary = try await BenchSummary.of(
        "\(transport)://127.0.0.1:\(port)", ["-d", "1", "--rate", "400", "-p", "8"])
      let messages = summary.messages.excusingLosses(over: transport)
      #expect(messages.answered == 400 && messages.lost == 0)
      let latencies = try #require(summary.latencyMicroseconds)
      #expect(latencies.max >= 450_000 && latencies.p90 >= 250_000)
    }
  }

  @Test("reports a connection that brings more than was sent on it")
  func excess() async throws {
    try await PythonProgram.odd("tcp_talkative").serve { port in
      let outcome = try await bench("tcp://127.0.0.1:\(port)", ["-d", "1"])
      #expect(outcome.text.contains("connection 0 returned more bytes than were sent"))
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("is not kept busy by a server that sends without end", arguments: [[String](), ["--churn"]])
  func endless(arguments: [String]) async throws {
    try await PythonProgram.odd("tcp_endless").serve { port in
      let outcome = try await bench("tcp://127.0.0.1:\(port)", ["-d", "1"] + arguments)
      #expect(outcome.text.contains("connection 0 returned more bytes than were sent"))
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("does not begin when it cannot write its first line")
  func fullDisk() async throws {
    try await PythonProgram.odd("tcp_echo").serve { port in
      let command = "exec \(BuiltProgram.echoc) bench tcp://127.0.0.1:\(port) -d 3600 > /dev/full"
      let outcome = try await RunningProgram.run("/bin/sh", ["-c", command])
      #expect(outcome.errors == "echoc: cannot write to standard output: No space left on device\n")
      #expect(outcome.ending == .exit(74))
    }
  }

  @Test("waits for a server that is slow to close, after the last reply too")
  func lateClose() async throws {
    try await PythonProgram.odd("tcp_closing_late").serve { port in
      let summary = try await BenchSummary.of("tcp://127.0.0.1:\(port)", ["-d", "1", "-c", "4", "--churn"])
      #expect(summary.messages.answered == summary.messages.sent && summary.messages.sent >= 4)
      #expect(summary.connections.closedByServer == summary.messages.sent)
    }
  }

  @Test("counts the messages of a broken connection as lost, and ends with 1 when none is left")
  func broken() async throws {
    try await PythonProgram.odd("tcp_dying").serve { port in
      let summary = try await BenchSummary.of("tcp://127.0.0.1:\(port)", ["-d", "3600"], exit: 1)
      #expect(summary.error == "every connection broke")
      #expect(summary.messages == BenchSummary.Messages(sent: 2, answered: 1, lost: 1))
      #expect(summary.connections == BenchSummary.Connections(made: 1, broken: 1, closedByServer: 0))
      #expect(summary.errors == 1)
    }
  }

  @Test("ends with 71 when there is no server, and says so", arguments: [[String](), ["--churn"]])
  func refused(arguments: [String]) async throws {
    try await withUnusedEndpoint { endpoint in
      let outcome = try await bench("tcp://\(endpoint)", ["-d", "1"] + arguments)
      #expect(outcome.errors == "echoc: cannot connect to tcp \(endpoint): Connection refused\n")
      #expect(outcome.ending == .exit(71))
    }
  }

  @Test("ends with 71 when datagrams are refused, and says why")
  func refusedDatagrams() async throws {
    try await withUnusedEndpoint { endpoint in
      let outcome = try await bench("udp://\(endpoint)", ["-d", "1"])
      #expect(outcome.text.contains("the first: Connection refused"))
      #expect(outcome.errors == "echoc: no reply from udp \(endpoint): Connection refused\n")
      #expect(outcome.ending == .exit(71))
    }
  }

  @Test(
    "refuses a wrong command line with 64",
    arguments: [
      [], ["localhost:echo"], ["stamp://localhost"], ["udp://localhost:7", "-c", "0"],
      ["udp://localhost:7", "--churn"],
      ["tcp://localhost:7", "-s", "0"], ["tcp://localhost:7", "--churn", "-p", "2"],
      ["tcp://localhost:7", "--rate", "0"], ["tcp://localhost:7", "--max-loss", "101"],
      ["tcp://localhost:7", "--max-loss", "nan"], ["udp://localhost:7", "-s=-1", "--rate", "1"],
    ])
  func commandLine(arguments: [String]) async throws {
    let outcome = try await RunningProgram.run(BuiltProgram.echoc, ["bench"] + arguments)
    #expect(outcome.errors.hasPrefix("Error: "))
    #expect(outcome.ending == .exit(64))
  }

  private func bench(_ endpoint: String, _ arguments: [String]) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.echoc, ["bench", endpoint] + arguments)
  }
}
