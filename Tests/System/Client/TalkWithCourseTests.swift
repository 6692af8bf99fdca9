import Testing

@Suite("echoc talk with the course's servers")
struct TalkWithCourseTests {
  @Test(
    "prints a reply in capitals for each line, whatever its bytes are",
    arguments: [
      ("udp", PythonProgram.courseUDPServer), ("tcp", .courseTCPServer),
    ])
  func lines(transport: String, server: PythonProgram) async throws {
    try await server.serve { port in
      let input: [UInt8] =
        Array("hello\n\nwith \r\nend \u{0} of ".utf8) + [0xFF, 0xC3] + Array("\nlast".utf8)
      let outcome = try await RunningProgram.run(
        BuiltProgram.echoc, ["talk", "\(transport)://127.0.0.1:\(port)"], input: input)
      #expect(
        outcome.output == Array("HELLO\n\nWITH \r\nEND \u{0} OF ".utf8) + [0xFF, 0xC3]
          + Array("\nLAST\n".utf8))
      #expect(outcome.errors == "")
      #expect(outcome.ending == .exit(0))
    }
  }

  @Test(
    "prints each reply before it reads on",
    arguments: [
      ("udp", PythonProgram.courseUDPServer), ("tcp", .courseTCPServer),
    ])
  func atOnce(transport: String, server: PythonProgram) async throws {
    try await server.serve { port in
      let arguments = ["talk", "\(transport)://localhost:\(port)"]
      try await RunningProgram.with(BuiltProgram.echoc, arguments, input: .pipe) { program in
        for word in ["one", "two", "three"] {
          program.write(word + "\n")
          _ = try await program.line { $0 == word.uppercased() }
        }
        program.closeInput()
        let outcome = try await program.outcome()
        #expect(outcome.text == "ONE\nTWO\nTHREE\n")
        #expect(outcome.ending == .exit(0))
      }
    }
  }

  @Test(
    "asks for each line on a terminal, until Ctrl-D",
    arguments: [
      ("udp", PythonProgram.courseUDPServer, ""), ("tcp", .courseTCPServer, "From Server: "),
    ])
  func terminal(transport: String, server: PythonProgram, label: String) async throws {
    let prompt = "Input lowercase sentence:"
    let first = "\(prompt)\(label)HELLO\n\(prompt)"
    try await server.serve { port in
      let arguments = ["talk", "\(transport)://127.0.0.1:\(port)"]
      try await RunningProgram.with(BuiltProgram.echoc, arguments, input: .terminal) { program in
        try await program.wait { $0 == Array(prompt.utf8) }
        program.write("hello\n")
        try await program.wait { $0 == Array(first.utf8) }
        program.write("again\n")
        try await program.wait { $0.count > first.utf8.count + label.utf8.count + 6 }
        program.write("\u{4}")
        let outcome = try await program.outcome()
        #expect(outcome.text == "\(first)\(label)AGAIN\n\(prompt)\n")
        #expect(outcome.errors == "")
        #expect(outcome.ending == .exit(0))
      }
    }
  }

  @Test("prints the part that came of a line that is longer than the TCP server reads, and says so")
  func longLine() async throws {
    try await PythonProgram.courseTCPServer.serve { port in
      let input = String(repeating: "a", count: 2000) + "\nb\n"
      let outcome = try await RunningProgram.run(
        BuiltProgram.echoc, ["talk", "tcp://127.0.0.1:\(port)"], input: input.utf8)
      #expect(outcome.text == String(repeating: "A", count: 1024) + "\nB\n")
      #expect(
        outcome.errors
          == "echoc: line 1: the reply from tcp 127.0.0.1:\(port) ended after 1024 of 2001 bytes\n")
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("takes datagrams of 65,507 bytes, and refuses a longer line but not the next one")
  func longestDatagram() async throws {
    try await PythonProgram.courseUDPServer.serve { port in
      let longest = String(repeating: "a", count: 65507)
      let outcome = try await RunningProgram.run(
        BuiltProgram.echoc, ["talk", "udp://127.0.0.1:\(port)"], input: "\(longest)\n\(longest)a\nb\n".utf8)
      #expect(outcome.text == longest.uppercased() + "\nB\n")
      #expect(
        outcome.errors == "echoc: line 2: not sent: longer than the 65507 bytes that a message can have\n")
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("ends silently when nobody reads its output", arguments: ["", "trap '' PIPE; "])
  func nobodyReads(trap: String) async throws {
    try await PythonProgram.courseUDPServer.serve { port in
      let talk = "\(BuiltProgram.echoc) talk udp://127.0.0.1:\(port)"
      let outcome = try await RunningProgram.run(
        "/bin/sh", ["-c", "\(trap)yes hello 2>/dev/null | \(talk) | head -n 1"])
      #expect(outcome.text == "HELLO\n")
      #expect(outcome.errors == "")
    }
  }
}
