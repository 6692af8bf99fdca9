import Addresses
import Foundation
import TestSupport
import Testing

/// The options that ping(8) has too, and what echoc has besides.
@Suite("echoc ping, used like ping(8)", .serialized)
struct PingHabitTests {
  @Test("needs neither scheme nor port")
  func shortEndpoint() async throws {
    let outcome = try await ping(["-c1", "-W0.1", "127.0.0.1"])
    #expect(outcome.text.hasPrefix("PING udp://127.0.0.1:7 (udp 127.0.0.1:7): 56 bytes\n"))
  }

  @Test("takes combined short options")
  func joined() async throws {
    try await withEcho { echo in
      let outcome = try await ping(["-qnc3", "-i.01", echo])
      #expect(outcome.text.contains("\n3 sent, 3 received, 0% loss") && outcome.ending == .exit(0))
    }
  }

  @Test("prints the first line and the summary only, with -q")
  func quiet() async throws {
    try await withEcho { echo in
      let lines = try await ping(["-q", "-c2", "-i.01", echo]).text.split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == 7 && lines[0].hasPrefix("PING ") && lines[1] == "")
      #expect(lines[2].hasPrefix("--- "))
    }
  }

  @Test("prints the time of day before the line of a reply, with -D")
  func timeOfDay() async throws {
    try await withEcho { echo in
      let before = Date().timeIntervalSince1970
      let outcome = try await ping(["-D", "-c1", echo])
      let line = try #require(outcome.text.split(separator: "\n").dropFirst().first)
      let parts = try #require(line.wholeMatch(of: /\[(\d+\.\d{6})\] 56 bytes from .* time=.* ms/))
      let time = try #require(Double(parts.1))
      #expect(time >= before - 0.001 && time <= Date().timeIntervalSince1970 + 0.001)
    }
  }

  @Test("ends at its deadline, and fails if fewer replies came than were wanted")
  func deadline() async throws {
    let server = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let outcome = try await ping(["-w2", "-c2", "-i0.01", "\(try server.localEndpoint())", "--json"])
    let summary = try PingSummary(outcome.output)
    #expect(summary.received == 0 && summary.sent > 2 && summary.seconds >= 2)
    // It begins with the first message, which may leave late.
    #expect(summary.longestOutageSeconds > 1 && summary.longestOutageSeconds <= summary.seconds + 0.001)
    #expect(outcome.ending == .exit(1))
    try await withEcho { echo in
      // On a busy machine further messages are sent, and answered, before two replies have been taken.
      let outcome = try await ping(["-w", "20", "-c2", "-i.01", echo, "--json"])
      #expect(try PingSummary(outcome.output).received >= 2 && outcome.ending == .exit(0))
    }
  }

  @Test("sends as fast as replies come with -f, a dot for each message and three characters to erase it")
  func flood() async throws {
    try await withEcho { echo in
      let outcome = try await ping(["-fc50", echo])
      let dots = outcome.text.split(separator: "\n", omittingEmptySubsequences: false)[1]
      #expect(dots.count { $0 == "." } == 50 && dots.count { $0 == "\u{8}" } == 100)
      #expect(dots.count == 200 && outcome.ending == .exit(0))
    }
  }

  @Test("prints only the summary, on one line, with -q and --json-lines")
  func quietJSONLines() async throws {
    try await withEcho { echo in
      let outcome = try await ping(["-qc2", "-i.01", "--json-lines", echo])
      #expect(outcome.text.hasPrefix(#"{"type":"summary","#) && outcome.text.count { $0 == "\n" } == 1)
    }
  }

  @Test("sends at most a hundred messages a second with -f when no reply comes")
  func unansweredFlood() async throws {
    let server = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let outcome = try await ping(["-f", "-w2", "\(try server.localEndpoint())"])
    let dots = outcome.text.split(separator: "\n", omittingEmptySubsequences: false)[1]
    #expect(dots.count > 1 && dots.count <= 200 && dots.allSatisfy { $0 == "." })
  }

  @Test("sends from the address that -I names")
  func source() async throws {
    let server = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let arguments = ["ping", "-I127.0.0.2", "\(try server.localEndpoint())"]
    try await RunningProgram.with(BuiltProgram.echoc, arguments) { _ in
      let source = try await server.receiveDatagram().source
      #expect(source.address == IPAddress("127.0.0.2"))
    }
  }

  @Test("sends over TCP from the address that -I names, and the server allows no other")
  func sourceOverTCP() async throws {
    let listener = #"{ "name": "l", "transport": "tcp", "port": 0, "allow": ["127.0.0.2/32"] }"#
    try await RunningDaemon.with(#"{ "admin": null, "listeners": [\#(listener)] }"#) { daemon in
      let endpoint = "tcp://\(try daemon.endpoint(of: "l"))"
      #expect(try await ping(["-I", "127.0.0.2", "-c1", endpoint]).ending == .exit(0))
      #expect(try await ping(["-c1", "-W2", endpoint]).ending == .exit(1))
    }
  }

  @Test(
    "says why it cannot send from an address",
    arguments: [
      ("203.0.113.77", 2, "echoc: 203.0.113.77 is not an address of this machine\n"),
      ("lo", 64, "lo is an interface; give one of its addresses instead"),
      ("::1", 64, "-I ::1 is not of the same family as the server's address"),
      ("fe80::1", 64, "a link-local address needs its zone, as in fe80::1%eth0"),
      ("fe80::1%none", 64, "this machine has no interface none"), ("somewhere", 64, "is not an IP address"),
    ] as [(String, Int32, String)])
  func wrongSource(address: String, status: Int32, sentence: String) async throws {
    let outcome = try await ping(["-c1", "-I", address, "127.0.0.1"])
    #expect(outcome.errors.contains(sentence) && outcome.ending == .exit(status))
  }

  @Test("sends packets with the DSCP of -Q and the hop limit of -t", arguments: ["127.0.0.1", "::1"])
  func header(address: String) async throws {
    let server = try PlainSocket(.udp, boundTo: Endpoint(address: try #require(IPAddress(address)), port: 0))
    let isIPv4 = address == "127.0.0.1"
    let level = Int32(isIPv4 ? IPPROTO_IP : IPPROTO_IPV6)
    // One is reported at a time: the traffic class, then the hop limit.
    let reports = isIPv4 ? [Int32(IP_RECVTOS), Int32(IP_RECVTTL)] : [IPV6_RECVTCLASS, IPV6_RECVHOPLIMIT]
    let arguments = ["ping", "-Q46", "-t", "9", "-i.05", "\(try server.localEndpoint())"]
    try await RunningProgram.with(BuiltProgram.echoc, arguments) { _ in
      for (report, expected) in [(reports[0], UInt8(46 << 2)), (reports[1], 9)] {
        server.setOption(level, report, to: 1)
        var value: UInt8?
        // Datagrams that came before the option was set have no report.
        while value == nil { value = try await server.receiveWithTrafficClass().trafficClass }
        #expect(value == expected)
        server.setOption(level, report, to: 0)
        while try await server.receiveWithTrafficClass().trafficClass != nil {}
      }
    }
  }

  @Test("prints one object per line for each reply and for the summary, with --json-lines")
  func jsonLines() async throws {
    try await PythonProgram.odd("udp_doubling").serve { port in
      let outcome = try await ping(["-c2", "-i.3", "--json-lines", "-D", "127.0.0.1:\(port)"])
      let lines = outcome.text.split(separator: "\n")
      let replies = try lines.dropLast().map { try JSONDecoder().decode(JSONReply.self, from: Data($0.utf8)) }
      #expect(replies.allSatisfy { $0.type == "reply" && $0.bytes == 56 && $0.port == Int(port) })
      #expect(replies.allSatisfy { $0.address == "127.0.0.1" && $0.milliseconds > 0 && $0.unixSeconds > 1e9 })
      #expect(replies.filter { !$0.isDuplicate }.map(\.sequence) == [1, 2])
      #expect(replies.contains { $0.isDuplicate })
      #expect(lines.last?.hasPrefix(#"{"type":"summary","endpoint":"udp://127.0.0.1:\#(port)","#) == true)
      #expect(try PingSummary(Array(try #require(lines.last).utf8)).sent == 2)
    }
  }

  @Test("draws the round trips within COLUMNS after the summary, with --histogram")
  func histogram() async throws {
    try await withEcho { echo in
      let outcome = try await RunningProgram.run(
        BuiltProgram.echoc, ["ping", "-fqc200", "--histogram", echo], environment: ["COLUMNS": "50"])
      let rows = outcome.text.split(separator: "\n").drop { !$0.hasPrefix("rtt p50") }.dropFirst()
      #expect((1...20).contains(rows.count) && rows.allSatisfy { $0.count <= 50 && $0.contains("s - ") })
      let counts = rows.compactMap { $0.firstMatch(of: /s  +(\d+)/).flatMap { Int($0.1) } }
      #expect(counts.reduce(0, +) == 200 && rows.contains { $0.count == 50 })
    }
  }

  @Test("prints its figures on SIGQUIT and goes on", arguments: ["udp", "tcp"])
  func figures(transport: String) async throws {
    try await PythonProgram.odd("\(transport)_\(transport == "udp" ? "pausing" : "echo")").serve { port in
      let command = ["ping", "\(transport)://127.0.0.1:\(port)", "-i", "0.01"]
      try await RunningProgram.with(BuiltProgram.echoc, command) { program in
        _ = try await program.line { $0.contains("seq=3 ") }
        program.signal(SIGQUIT)
        let line = try await program.line(on: .errors) { $0.contains("messages") }
        #expect(
          line.wholeMatch(of: /\r\d+\/\d+ messages, .*% loss, min\/avg\/ewma\/max = [\d.\/]+ ms/) != nil)
        _ = try await program.line { $0.contains("seq=20 ") }
        program.signal(SIGINT)
        let outcome = try await program.outcome()
        #expect(outcome.text.contains("% loss, time ") && outcome.ending == .exit(0))
      }
    }
  }

  @Test("looks for surplus bytes after the last reply too")
  func surplus() async throws {
    try await PythonProgram.odd("tcp_talkative").serve { port in
      let outcome = try await ping(["-c1", "tcp://127.0.0.1:\(port)"])
      #expect(outcome.errors.contains(": more bytes came back than were sent"))
      #expect(outcome.ending == .exit(2))
    }
  }

  @Test("has colors only on a terminal, and none with NO_COLOR", arguments: [true, false], [nil, "1", ""])
  func colors(isTerminal: Bool, noColor: String?) async throws {
    try await PythonProgram.odd("udp_doubling").serve { port in
      var environment = ["TERM": "xterm"]
      environment["NO_COLOR"] = noColor
      let command = ["ping", "-c2", "-i.3", "--histogram", "127.0.0.1:\(port)"]
      let outcome = try await RunningProgram.with(
        BuiltProgram.echoc, command, input: isTerminal ? .terminal : .none, environment: environment
      ) { try await $0.outcome() }
      #expect(outcome.text.contains("(duplicate)"))
      #expect(outcome.text.contains("\u{1B}") == (isTerminal && noColor?.isEmpty != false))
    }
  }

  /// What `--json-lines` prints for a reply.
  private struct JSONReply: Decodable {
    var type: String
    var unixSeconds: Double
    var address: String
    var port: Int
    var bytes: Int
    var sequence: Int
    var milliseconds: Double
    var isDuplicate: Bool
  }

  private func ping(_ arguments: [String]) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.echoc, ["ping"] + arguments)
  }

  /// Runs a UDP echo, and gives its endpoint without the scheme.
  private func withEcho(_ body: (String) async throws -> Void) async throws {
    let listener = #"{ "name": "l", "transport": "udp", "port": 0 }"#
    try await RunningDaemon.with(#"{ "admin": null, "listeners": [\#(listener)] }"#) { daemon in
      try await body("\(try daemon.endpoint(of: "l"))")
    }
  }
}
