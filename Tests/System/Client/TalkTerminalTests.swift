import Testing

@Suite("echoc talk with a server that sends terminal commands")
struct TalkTerminalTests {
  /// The reply of `udp_commanding` and `tcp_commanding` to "abcdefghijklmnopqrst", and what a terminal shows.
  private static let sent = Array("\u{1B}]0;x\u{7}\u{9B}2J\r\té漢".utf8) + [0x9B]
  private static let shown = #"\u001B]0;x\u0007\u009B2J\u000D"# + "\té漢" + #"\x9B"#
  private static let line = String(repeating: "a", count: sent.count)

  private func arguments(_ transport: String, _ port: UInt16, _ options: [String]) -> [String] {
    ["talk", "\(transport)://127.0.0.1:\(port)"] + options
  }

  @Test(
    "shows them on a terminal, and passes them on with --raw",
    arguments: [("udp", ""), ("tcp", "From Server: ")], [true, false])
  func terminal(_ kind: (transport: String, label: String), isRaw: Bool) async throws {
    let prompt = Array("Input lowercase sentence:".utf8)
    let reply = isRaw ? Self.sent : Array(Self.shown.utf8)
    let expected = prompt + kind.label.utf8 + reply + "\n".utf8 + prompt
    try await PythonProgram.odd("\(kind.transport)_commanding").serve { port in
      let arguments = arguments(kind.transport, port, isRaw ? ["--raw"] : [])
      try await RunningProgram.with(BuiltProgram.echoc, arguments, input: .terminal) { program in
        try await program.wait { $0 == prompt }
        program.write(Self.line + "\n")
        try await program.wait { $0.count >= expected.count }
        program.write("\u{4}")
        let outcome = try await program.outcome()
        #expect(outcome.output == expected + "\n".utf8)
      }
    }
  }

  @Test("shows them on a terminal too when its lines come from a file")
  func inputFromFile() async throws {
    try await PythonProgram.odd("udp_commanding").serve { port in
      let command = #"echo \#(Self.line) | exec "$0" talk udp://127.0.0.1:\#(port)"#
      let arguments = ["-c", command, BuiltProgram.echoc]
      try await RunningProgram.with("/bin/sh", arguments, input: .terminal) { program in
        let outcome = try await program.outcome()
        #expect(outcome.text == "\(Self.shown)\n")
      }
    }
  }

  @Test("passes them on to a program", arguments: ["udp", "tcp"], [[], ["--raw"]])
  func pipe(transport: String, options: [String]) async throws {
    try await PythonProgram.odd("\(transport)_commanding").serve { port in
      let outcome = try await RunningProgram.run(
        BuiltProgram.echoc, arguments(transport, port, options), input: "\(Self.line)\n".utf8)
      #expect(outcome.output == Self.sent + "\n".utf8)
    }
  }

  @Test(
    "shows none of them in the output of ping and bench", arguments: ["udp", "tcp"],
    [(["ping", "-c", "1", "-W", "1"], 2), (["bench", "-d", "1"], 1)] as [([String], Int32)])
  func messages(transport: String, _ command: (arguments: [String], status: Int32)) async throws {
    try await PythonProgram.odd("\(transport)_commanding").serve { port in
      let outcome = try await RunningProgram.run(
        BuiltProgram.echoc,
        command.arguments + ["-s", "\(Self.sent.count)", "\(transport)://127.0.0.1:\(port)"])
      #expect(outcome.ending == .exit(command.status))
      let printed = (outcome.text + outcome.errors).unicodeScalars
      #expect(printed.allSatisfy { $0 == "\n" || (0x20..<0x7F).contains($0.value) || $0 == "µ" })
    }
  }
}
