import Testing

@Suite("echoc identify", .serialized)
struct IdentifyTests {
  private static let wrong = "is not a JSON object: does the server have the service identify?\n"

  @Test("prints the object, and asks in as many bytes as a reply over UDP may need")
  func object() async throws {
    func asking(_ server: HeaderServer) async throws -> String {
      let outcome = try await server.replying("identify").run("identify")
      #expect(outcome.errors == "" && outcome.ending == .exit(0))
      return outcome.text
    }
    #expect(try await asking(HeaderServer("tcp", 0)) == "{\"bytes\":9}\n")
    #expect(try await asking(HeaderServer("udp", 0)) == "{\"bytes\":1200}\n")
    // With a header the datagram is not longer than without.
    #expect(try await asking(HeaderServer("udp", 2)) == "{\"bytes\":1148}\n")
  }

  @Test(
    "ends with 2 at any other service",
    arguments: ["tcp_echo", "udp_welcoming", "tcp_halves", "tcp_commanding"])
  func otherServices(behaviour: String) async throws {
    try await PythonProgram.odd(behaviour).serve { port in
      let transport = String(behaviour.prefix(3))
      let outcome = try await identify("\(transport)://127.0.0.1:\(port)")
      #expect(outcome.errors == "echoc: the reply from \(transport) 127.0.0.1:\(port) \(Self.wrong)")
      #expect(outcome.text == "" && outcome.ending == .exit(2))
    }
  }

  @Test("ends with 1 without a reply")
  func noReply() async throws {
    try await PythonProgram.odd("tcp_closing_unread").serve { port in
      let outcome = try await identify("tcp://127.0.0.1:\(port)")
      #expect(
        outcome.errors == "echoc: no reply from tcp 127.0.0.1:\(port): the server closed the connection\n")
      #expect(outcome.text == "" && outcome.ending == .exit(1))
    }
    for transport in ["udp", "tcp"] {
      try await withUnusedEndpoint { endpoint in
        let outcome = try await identify("\(transport)://\(endpoint)")
        #expect(outcome.errors.hasSuffix(" \(transport) \(endpoint): Connection refused\n"))
        #expect(outcome.ending == .exit(1))
      }
    }
  }

  @Test("ends with 2 for a name without an address")
  func unknownName() async throws {
    let outcome = try await identify("udp://\(String(repeating: "a", count: 64)):7")
    #expect(outcome.errors.hasPrefix("echoc: cannot resolve a") && outcome.ending == .exit(2))
  }

  @Test("does not wait for a whole line forever, or take one without an end")
  func endless() async throws {
    try await PythonProgram.odd("tcp_endless").serve { port in
      let outcome = try await identify("tcp://127.0.0.1:\(port)")
      #expect(outcome.ending == .exit(2))
    }
  }

  private func identify(_ endpoint: String) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.echoc, ["identify", endpoint])
  }
}
