import Testing

@Suite("echoc talk with echod")
struct TalkWithDaemonTests {
  @Test(
    "prints a reply for each line, over one connection or one per line",
    arguments: [
      ("udp", "127.0.0.1", "", 1), ("udp", "::1", "", 1), ("tcp", "127.0.0.1", "", 1), ("tcp", "::1", "", 1),
      ("tcp", "127.0.0.1", #", "closeAfterReply": true"#, 3),
    ])
  func lines(transport: String, address: String, option: String, clients: Int) async throws {
    let listener =
      #"{ "name": "l", "transport": "\#(transport)", "address": "\#(address)", "port": 0\#(option) }"#
    try await RunningDaemon.with(#"{ "admin": { "port": 0 }, "listeners": [\#(listener)] }"#) { daemon in
      let endpoint = try daemon.endpoint(of: "l")
      let outcome = try await RunningProgram.run(
        BuiltProgram.echoc, ["talk", "\(transport)://\(endpoint)"], input: "one\n\nthree\n".utf8)
      #expect(outcome.text == "one\n\nthree\n")
      #expect(outcome.errors == "")
      #expect(outcome.ending == .exit(0))
      let statistics = try #require(try await daemon.stats()[listener: "l"])
      #expect(statistics.messages == Stats.InAndOut(received: 3, sent: 3))
      let bytes = transport == "udp" ? 8 : 11
      #expect(statistics.bytes == Stats.InAndOut(received: bytes, sent: bytes))
      #expect(statistics.clients.total == clients)
    }
  }
}
