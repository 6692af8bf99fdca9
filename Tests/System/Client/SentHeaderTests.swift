import Testing

/// The server compares every byte of each header, and answers nothing after a wrong one.
@Suite("echoc with --send-proxy", .serialized)
struct SentHeaderTests {
  private static let servers = [
    HeaderServer("tcp", 1), HeaderServer("tcp", 2), HeaderServer("udp", 2),
    HeaderServer("tcp", 1, from: "192.0.2.7:40000"), HeaderServer("udp", 2, from: "192.0.2.7:40000"),
    HeaderServer("tcp", 2, to: "192.0.2.1:7"), HeaderServer("udp", 2, to: "192.0.2.1:0"),
    HeaderServer("tcp", 1, from: "192.0.2.7:40000", to: "192.0.2.1:7"),
    HeaderServer("udp", 2, from: "[2001:db8::7]:40000", to: "[2001:db8::1]:7"),
    HeaderServer("tcp", 2).at("::1"), HeaderServer("udp", 2).at("::1"),
    HeaderServer("tcp", 1, from: "[\(longest)]:65535", to: "[\(longest)]:65535"),
  ]
  private static let longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

  @Test("talks after the header", arguments: servers)
  func talk(server: HeaderServer) async throws {
    let outcome = try await server.run("talk", input: "one\ntwo\n")
    #expect(outcome.text == "one\ntwo\n")
    #expect(outcome.errors == "" && outcome.ending == .exit(0))
  }

  @Test("pings after the header", arguments: servers)
  func ping(server: HeaderServer) async throws {
    let outcome = try await server.run("ping", ["-c", "2", "-i", "0.01", "--json"])
    let summary = try PingSummary(outcome.output)
    #expect(summary.sent == 2 && summary.received == 2)
    #expect(outcome.errors == "" && outcome.ending == .exit(0))
  }

  @Test(
    "sends its load after the header, which does not count",
    arguments: [
      (servers[0], ["-c", "3", "-p", "4"]), (servers[1], []), (servers[2], ["-c", "3", "-p", "4"]),
      (servers[2], []),
      (servers[4], ["-c", "2", "--rate", "100"]), (servers[5], ["-c", "2", "--rate", "100"]),
      (servers[8], ["-s", "0"]), (servers[11], ["-c", "2"]),
    ])
  func bench(server: HeaderServer, arguments: [String]) async throws {
    let outcome = try await server.run("bench", ["-d", "1", "--json"] + arguments)
    let summary = try BenchSummary(outcome.output)
    #expect(summary.messages.answered > 0)
    let messages = summary.messages.excusingLosses(over: server.transport)
    #expect(messages == .init(sent: messages.sent, answered: messages.sent))
    #expect(summary.errors == 0 && outcome.ending == .exit(0))
    let bytes: Double = arguments.contains("-s") ? 0 : 64
    #expect(abs(summary.bytesPerSecond - bytes * summary.messagesPerSecond) < 1)
  }

  @Test("asks after the header", arguments: servers)
  func identify(server: HeaderServer) async throws {
    let outcome = try await server.replying("identify").run("identify")
    #expect(outcome.text.hasPrefix(#"{"bytes":"#) && outcome.text.hasSuffix("}\n"))
    #expect(outcome.errors == "" && outcome.ending == .exit(0))
  }

  @Test("begins each connection with the header, even after the server closed one", arguments: [1, 2])
  func reconnecting(version: Int) async throws {
    let server = HeaderServer("tcp", version).replying("1")
    #expect(try await server.run("talk", input: "one\ntwo\nthree\n").text == "one\ntwo\nthree\n")
    let pinged = try await server.run("ping", ["-c", "3", "-i", "0.01", "--json"])
    #expect(try PingSummary(pinged.output).received == 3)
  }

  @Test("begins each connection of --churn with the header, whichever end closes it", arguments: ["0", "1"])
  func churn(replies: String) async throws {
    for server in [HeaderServer("tcp", 1), HeaderServer("tcp", 2, from: "192.0.2.7:40000")] {
      let outcome = try await server.replying(replies).run(
        "bench", ["--churn", "-c", "2", "-d", "1", "--json"])
      let summary = try BenchSummary(outcome.output)
      #expect(summary.messages.answered > 0)
      #expect(summary.messages == .init(sent: summary.messages.answered, answered: summary.messages.answered))
      #expect(summary.connections.made == summary.messages.sent && summary.connections.broken == 0)
    }
  }

  @Test("has room for the header before the longest datagram")
  func longestDatagram() async throws {
    let server = HeaderServer("udp", 2, from: "[2001:db8::7]:40000", to: "[2001:db8::1]:7")
    let pinged = try await server.run("ping", ["-c", "1", "-s", "65455", "--json"])
    #expect(try PingSummary(pinged.output).received == 1)
    let loaded = try await server.run("bench", ["-d", "1", "-s", "65455", "--json"])
    #expect(try BenchSummary(loaded.output).messages.answered > 0)
    let line = String(repeating: "a", count: 65_455)
    let talked = try await server.run("talk", input: "\(line)\n\(line)a\n")
    #expect(talked.text == "\(line)\n")
    #expect(talked.errors == "echoc: line 2: not sent: longer than the 65455 bytes that a message can have\n")
    let refused = try await server.run("ping", ["-s", "65456"])
    #expect(refused.errors.contains("-s 65456 is not in the range 0 to 65455"))
    #expect(refused.ending == .exit(64))
  }

  @Test("finds the message that a host refuses, after the header")
  func refusal() async throws {
    try await withUnusedEndpoint { endpoint in
      let outcome = try await RunningProgram.run(
        BuiltProgram.echoc, ["ping", "udp://\(endpoint)", "-c", "2", "-i", "0.01", "--send-proxy", "2"])
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 2 && lines[0].hasPrefix("echoc: seq=1 ") && lines[1].hasPrefix("echoc: seq=2 "))
      #expect(outcome.ending == .exit(1))
    }
  }
}
