import Testing

@Suite("The course's clients with echod")
struct CourseClientsTests {
  private static let prompt = "Input lowercase sentence:"

  @Test(
    "print their sentence in capitals, and are counted",
    arguments: [
      ("udp_client.py", "udp", "", "\(prompt)HELLO, WORLD\n"),
      ("tcp_client.py", "tcp", "", "\(prompt)From Server: HELLO, WORLD\n"),
      ("tcp_client.py", "tcp", #", "closeAfterReply": true"#, "\(prompt)From Server: HELLO, WORLD\n"),
    ])
  func client(file: String, transport: String, option: String, output: String) async throws {
    let listener =
      #"{ "name": "l", "transport": "\#(transport)", "port": 0, "service": "uppercase"\#(option) }"#
    try await RunningDaemon.with(#"{ "admin": { "port": 0 }, "listeners": [\#(listener)] }"#) { daemon in
      let port = try daemon.endpoint(of: "l").port
      let client = PythonProgram(file: "Course/\(file)", arguments: ["127.0.0.1", "\(port)"])
      let outcome = try await client.run(input: "Hello, world\n")
      #expect(outcome.text == output)
      #expect(outcome.errors == "")
      #expect(outcome.ending == .exit(0))
      let figures = try #require(try await daemon.stats()[listener: "l"])
      #expect(figures.messages == Stats.InAndOut(received: 1, sent: 1))
      #expect(figures.bytes == Stats.InAndOut(received: 12, sent: 12))
      #expect(figures.clients.total == 1)
    }
  }
}
