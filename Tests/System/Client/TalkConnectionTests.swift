import Testing

@Suite("echoc talk over TCP")
struct TalkConnectionTests {
  @Test("sends and receives at once, so that a server that waits for its replies to be read is no deadlock")
  func blockingServer() async throws {
    try await PythonProgram.odd("tcp_blocking").serve { port in
      let line = String(repeating: "a", count: 1 << 20) + "\n"
      let outcome = try await talk(port, line)
      #expect(outcome.text == line)
      #expect(outcome.errors == "")
      #expect(outcome.ending == .exit(0))
    }
  }

  @Test("refuses a line of more than 1 MiB, but not the next one")
  func tooLong() async throws {
    try await PythonProgram.odd("tcp_echo").serve { port in
      let outcome = try await talk(port, String(repeating: "a", count: 1 << 20 + 1) + "\nshort\n")
      #expect(outcome.text == "short\n")
      #expect(
        outcome.errors == "echoc: line 1: not sent: longer than the 1048576 bytes that a message can have\n")
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("connects again for the next line when the connection was reset")
  func reset() async throws {
    try await PythonProgram.odd("tcp_resetting").serve { port in
      let outcome = try await talk(port, "a\nb\nc\n")
      #expect(outcome.text == "a\nb\nc\n")
      #expect(outcome.errors == "")
      #expect(outcome.ending == .exit(0))
    }
  }

  @Test("reports that a server closes without a reply, and goes on with the next line")
  func closing() async throws {
    try await PythonProgram.odd("tcp_closing_unread").serve { port in
      let outcome = try await talk(port, "a\nb\n")
      let sentence = "no reply from tcp 127.0.0.1:\(port): the server closed the connection\n"
      #expect(outcome.errors == "echoc: line 1: \(sentence)echoc: line 2: \(sentence)")
      #expect(outcome.text == "")
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("prints half a reply, and says that it is incomplete")
  func half() async throws {
    try await PythonProgram.odd("tcp_halves").serve { port in
      let outcome = try await talk(port, "abc\n12345\n")
      let sentence = "the reply from tcp 127.0.0.1:\(port) ended after"
      #expect(outcome.text == "ab\n123\n")
      #expect(
        outcome.errors == "echoc: line 1: \(sentence) 2 of 4 bytes\nechoc: line 2: \(sentence) 3 of 6 bytes\n"
      )
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("reports that the server is gone when it cannot connect again")
  func gone() async throws {
    try await PythonProgram.odd("tcp_dying").serve { port in
      let outcome = try await talk(port, "a\nb\nc\n")
      let sentence = "cannot connect to tcp 127.0.0.1:\(port): Connection refused\n"
      #expect(outcome.text == "a\n")
      #expect(outcome.errors == "echoc: line 2: \(sentence)echoc: line 3: \(sentence)")
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("takes no more bytes than the line has for its reply")
  func talkative() async throws {
    try await PythonProgram.odd("tcp_talkative").serve { port in
      try await RunningProgram.with(BuiltProgram.echoc, ["talk", "tcp://127.0.0.1:\(port)"], input: .pipe) {
        program in
        program.write("a\n")
        _ = try await program.line { $0 == "a" }
        program.write("b\n")
        _ = try await program.line { $0 == "b" }
      }
    }
  }

  private func talk(_ port: UInt16, _ input: String) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.echoc, ["talk", "tcp://127.0.0.1:\(port)"], input: input.utf8)
  }
}
