import Testing

@Suite("The log of echod")
struct LogTests {
  @Test("has a line for each message, which begins with the listener's name where it is about one")
  func lines() async throws {
    let configuration = """
      { "admin": null, "listeners": [
          { "name": "u", "transport": "udp", "port": 0, "service": "uppercase", "receiveBufferBytes": 8192 }
        ] }
      """
    try await RunningDaemon.with(configuration) { daemon in
      let lines = String(decoding: daemon.program.printed(on: .errors), as: UTF8.self).split(separator: "\n")
      let form = try Regex(#"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info (.+)"#)
      let said = try lines.map { try #require($0.wholeMatch(of: form), "\($0)").output[1].substring ?? "" }
      let endpoint = try daemon.endpoint(of: "u")
      #expect(said.count == 3)
      #expect(said.first?.hasPrefix("u: receive buffer: requested 8192 bytes") == true)
      #expect(said.dropFirst().first == "u: uppercase on udp \(endpoint) is served")
      #expect(said.last?.hasSuffix(" is ready") == true)
    }
  }

  /// Runs echod with a JOURNAL_STREAM from the shell, which knows what its standard error is.
  private func check(_ path: String, stream: String) async throws -> RunningProgram.Outcome {
    let script = #"JOURNAL_STREAM=\#(stream) exec "$0" check --config "$1""#
    return try await RunningProgram.run("/bin/sh", ["-c", script, BuiltProgram.echod, path])
  }

  @Test("has a configuration's problems as errors where the journal reads them, and plain anywhere else")
  func complaint() async throws {
    let text = #"{"listeners": [{"transport": "tcp", "port": 70000}, {"transport": "tcp", "port": "7"}]}"#
    try await TemporaryFile.with(text) { path in
      let journal = try await check(path, stream: "$(stat -L -c %d:%i /proc/$$/fd/2)")
      let lines = journal.errors.split(separator: "\n")
      #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("<3>\(path): listeners[") })
      #expect(journal.ending == .exit(78))

      let plain = try await check(path, stream: "$(stat -L -c %d:%i /proc/$$/exe)")
      #expect(plain.errors == journal.errors.replacing("<3>", with: ""))
    }
  }
}
