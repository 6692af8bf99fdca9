import Testing

@Suite("echoc ping", .serialized)
struct PingTests {
  @Test(
    "shows a round trip for each message, and a summary",
    arguments: [
      ("udp", "127.0.0.1", ""), ("udp", "::1", ""), ("tcp", "127.0.0.1", ""), ("tcp", "::1", ""),
      ("tcp", "127.0.0.1", #", "closeAfterReply": true"#),
    ])
  func roundTrips(transport: String, address: String, option: String) async throws {
    let listener =
      #"{ "name": "l", "transport": "\#(transport)", "address": "\#(address)", "port": 0\#(option) }"#
    try await RunningDaemon.with(#"{ "admin": { "port": 0 }, "listeners": [\#(listener)] }"#) { daemon in
      let endpoint = try daemon.endpoint(of: "l")
      let outcome = try await ping("\(transport)://\(endpoint)", ["-c", "3", "-s", "100"])
      let lines = outcome.text.split(separator: "\n")
      #expect(lines[0] == "PING \(transport)://\(endpoint) (\(transport) \(endpoint)): 100 bytes")
      for (number, line) in zip(1..., lines[1...3]) {
        #expect(line.hasPrefix("100 bytes from \(transport) \(endpoint): seq=\(number) time="))
      }
      #expect(lines[5].hasPrefix("3 sent, 3 received, 0% loss, time "))
      #expect(lines[6].hasPrefix("rtt min/avg/max/mdev = ") && lines[7].hasPrefix("rtt p50/p90/p99 = "))
      #expect(outcome.errors == "" && outcome.ending == .exit(0))
      let statistics = try #require(try await daemon.stats()[listener: "l"])
      #expect(statistics.bytes == Stats.InAndOut(received: 300, sent: 300))
    }
  }

  @Test("prints only the summary, as JSON, with --json")
  func json() async throws {
    try await PythonProgram.odd("udp_doubling").serve { port in
      let outcome = try await ping("udp://127.0.0.1:\(port)", ["-c", "2", "--json"])
      #expect(outcome.text.hasPrefix("{\n"))
      #expect(outcome.text.contains(#""sent": 2,"#) && outcome.text.contains(#""received": 2,"#))
      #expect(outcome.text.contains(#""roundTripMilliseconds": {"#))
      #expect(outcome.ending == .exit(0))
    }
  }

  @Test("ends with 0 when one message of several is lost, and shows the loss")
  func loss() async throws {
    try await PythonProgram.odd("udp_losing").serve { port in
      let outcome = try await ping("udp://127.0.0.1:\(port)", ["-c", "4", "-W", "2"])
      #expect(!outcome.text.contains("seq=1 ") && outcome.text.contains("seq=2 "))
      #expect(outcome.text.contains("4 sent, 3 received, 25% loss, "))
      #expect(outcome.ending == .exit(0))
    }
  }

  @Test(
    "ends with 1 when no reply came",
    arguments: [("tcp", "tcp_mute"), ("tcp", "tcp_closing_unread"), ("tcp", "tcp_stalling")])
  func silence(transport: String, behaviour: String) async throws {
    try await PythonProgram.odd(behaviour).serve { port in
      let outcome = try await ping("\(transport)://127.0.0.1:\(port)", ["-c", "1", "-W", "0.2"])
      #expect(outcome.text.contains("1 sent, 0 received, 1 failed, 100% loss, "))
      #expect(outcome.errors.hasPrefix("echoc: seq=1 "))
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("reports that a port is refused, and ends with 1", arguments: ["udp", "tcp"])
  func refused(transport: String) async throws {
    try await withUnusedEndpoint { endpoint in
      let outcome = try await ping("\(transport)://\(endpoint)", ["-c", "2"])
      #expect(outcome.errors.split(separator: "\n").count == 2)
      #expect(
        outcome.errors.split(separator: "\n").allSatisfy { $0.hasSuffix("\(endpoint): Connection refused") })
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test(
    "does not take a wrong reply for a correct one, and ends with 2",
    arguments: [
      ("udp", "udp_spoiling", "byte 55 is 0x3F instead of "),
      ("udp", "udp_shortening", "55 bytes instead of 56"),
      ("udp", "udp_welcoming", "7 bytes instead of 56"),
      ("tcp", "tcp_talkative", "more bytes came back than were sent"),
    ])
  func wrong(transport: String, behaviour: String, fault: String) async throws {
    try await PythonProgram.odd(behaviour).serve { port in
      let outcome = try await ping("\(transport)://127.0.0.1:\(port)", ["-c", "2", "-W", "2"])
      #expect(outcome.errors.contains(": \(fault)"))
      #expect(outcome.ending == .exit(2))
    }
  }

  @Test(
    "goes on until Ctrl-C or SIGTERM, and prints its summary then", arguments: ["udp", "tcp"], [2, 15])
  func interrupted(transport: String, signal: Int32) async throws {
    try await PythonProgram.odd("\(transport)_\(transport == "udp" ? "pausing" : "echo")").serve { port in
      let command = ["ping", "\(transport)://127.0.0.1:\(port)", "-i", "0.01"]
      try await RunningProgram.with(BuiltProgram.echoc, command) { program in
        _ = try await program.line { $0.contains("seq=5 ") }
        program.signal(signal)
        let outcome = try await program.outcome()
        #expect(outcome.text.contains(" ping statistics ---\n"))
        #expect(outcome.ending == .exit(0))
      }
    }
  }

  @Test("names the address before it answers, if there is only one", arguments: ["udp", "tcp"])
  func announcement(transport: String) async throws {
    let listener = #"{ "name": "l", "transport": "\#(transport)", "port": 0, "service": "discard" }"#
    try await RunningDaemon.with(#"{ "admin": null, "listeners": [\#(listener)] }"#) { daemon in
      let endpoint = "\(transport)://\(try daemon.endpoint(of: "l"))"
      let command = ["ping", endpoint, "-W", "60"]
      try await RunningProgram.with(BuiltProgram.echoc, command) { program in
        _ = try await program.line { $0.hasPrefix("PING \(endpoint) (") }
      }
    }
  }

  @Test("refuses an option of ping(8) by its name, with 64")
  func foreignOption() async throws {
    let outcome = try await ping("udp://localhost:7", ["-R"])
    #expect(
      outcome.errors == "Error: echoc ping has no -R\n  See 'echoc ping --help' for more information.\n")
    #expect(outcome.ending == .exit(64))
  }

  @Test("ends with 2 when the name is unknown")
  func unknownName() async throws {
    let name = String(repeating: "a", count: 64)
    let outcome = try await ping("udp://\(name):7", ["-c", "1"])
    #expect(outcome.errors.hasPrefix("echoc: cannot resolve \(name): "))
    #expect(outcome.ending == .exit(2))
  }

  @Test(
    "refuses a wrong command line with 64",
    arguments: [
      ["-c", "-1"], ["-s", "65508"], ["-i", "0"], ["-W", "0"], ["-i", "nan"], ["-x"], ["-4", "-6"],
      ["-c-1"], ["-qc"], ["-qx"], ["-w", "0"], ["-t", "0"], ["-t256"], ["-Q64"], ["-M", "want"], ["-I", "h"],
      ["--json", "--json-lines"], ["--histogram", "--json"],
    ])
  func commandLine(arguments: [String]) async throws {
    let outcome = try await RunningProgram.run(BuiltProgram.echoc, ["ping", "udp://localhost:7"] + arguments)
    #expect(outcome.errors.hasPrefix("Error: "))
    #expect(outcome.ending == .exit(64))
  }

  private func ping(_ endpoint: String, _ arguments: [String]) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.echoc, ["ping", endpoint, "-i", "0.01"] + arguments)
  }
}
