import Testing

@Suite("echoc talk in trouble")
struct TalkTroubleTests {
  @Test("reports a refused UDP port for each line")
  func refusedDatagrams() async throws {
    try await withUnusedEndpoint { endpoint in
      let outcome = try await talk("udp://\(endpoint)", "a\nb\n")
      let sentence = "no reply from udp \(endpoint): Connection refused\n"
      #expect(outcome.errors == "echoc: line 1: \(sentence)echoc: line 2: \(sentence)")
      #expect(outcome.text == "")
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("reports a refused TCP port once, before it reads a line")
  func refusedConnection() async throws {
    try await withUnusedEndpoint { endpoint in
      let outcome = try await talk("tcp://\(endpoint)", "a\nb\n")
      #expect(outcome.errors == "echoc: cannot connect to tcp \(endpoint): Connection refused\n")
      #expect(outcome.text == "")
      #expect(outcome.ending == .exit(1))
    }
  }

  /// A label of a name has at most 63 letters (RFC 1035), so that no name server is asked for this one.
  @Test("reports an unknown name", arguments: ["udp", "tcp"])
  func unknownName(transport: String) async throws {
    let name = String(repeating: "a", count: 64)
    let outcome = try await talk("\(transport)://\(name):7", "a\n")
    #expect(outcome.errors.hasPrefix("echoc: cannot resolve \(name): "))
    #expect(outcome.errors.count { $0 == "\n" } == 1)
    #expect(outcome.ending == .exit(1))
  }

  @Test(
    "refuses a wrong command line with 64",
    arguments: [
      ["talk"], ["talk", "localhost:"], ["talk", "stamp://localhost"], ["talk", "udp://localhost:0"],
      ["talk", "udp://localhost:7", "more"],
      ["talk", "udp://localhost:7", "--unknown"], ["unknown"],
    ])
  func commandLine(arguments: [String]) async throws {
    let outcome = try await RunningProgram.run(BuiltProgram.echoc, arguments)
    #expect(outcome.errors.hasPrefix("Error: "))
    #expect(outcome.ending == .exit(64))
  }

  @Test("reports that its input cannot be read")
  func unreadableInput() async throws {
    try await PythonProgram.courseUDPServer.serve { port in
      let outcome = try await RunningProgram.run(
        "/bin/sh", ["-c", "\(BuiltProgram.echoc) talk udp://127.0.0.1:\(port) </"])
      #expect(outcome.errors == "echoc: cannot read standard input: Is a directory\n")
      #expect(outcome.ending == .exit(66))
    }
  }

  /// These cases really wait for five seconds, all at the same time.
  @Test(
    "gives up a missing reply, and recognizes it when it comes late",
    arguments: [
      ("udp", "udp_holding_back", "a\nb\n", "b\n", "no reply from udp PEER within 5 s"),
      ("tcp", "tcp_mute", "a\n", "", "tcp PEER accepted the connection, but sent no reply within 5 s"),
      ("tcp", "tcp_stalling", "abc\n", "ab\n", "the reply from tcp PEER ended after 2 of 4 bytes"),
    ])
  func silence(transport: String, behaviour: String, input: String, output: String, error: String)
    async throws
  {
    try await PythonProgram.odd(behaviour).serve { port in
      let outcome = try await talk("\(transport)://127.0.0.1:\(port)", input)
      #expect(outcome.text == output)
      #expect(
        outcome.errors.split(separator: "127.0.0.1:\(port)").joined(separator: "PEER")
          == "echoc: line 1: \(error)\n")
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("prints a datagram that is not an echo")
  func noEcho() async throws {
    try await PythonProgram.odd("udp_welcoming").serve { port in
      let outcome = try await talk("udp://127.0.0.1:\(port)", "a\nb\n")
      #expect(outcome.text == "welcome\nwelcome\n")
      #expect(outcome.ending == .exit(0))
    }
  }

  private func talk(_ endpoint: String, _ input: String) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.echoc, ["talk", endpoint], input: input.utf8)
  }
}
