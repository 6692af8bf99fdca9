import Addresses
import Foundation
import TestSupport
import Testing

/// Signals in every phase of a run: while a name is resolved, while it connects, while it waits for a reply.
@Suite("echoc ping and bench, interrupted", .serialized)
struct InterruptionTests {
  private static let signals = [SIGINT, SIGTERM]

  @Test("print what they measured, when no reply has come", arguments: ["ping", "bench"], signals)
  func silence(command: String, signal: Int32) async throws {
    let server = try PlainSocket(.udp, boundTo: .loopback)
    let name = "udp \(try server.localEndpoint())"
    let arguments = [command, name.replacing(" ", with: "://"), "--json"]
    let outcome = try await RunningProgram.with(BuiltProgram.echoc, arguments) { program in
      _ = try await server.receiveDatagram()
      program.signal(signal)
      return try await program.outcome()
    }
    let (sent, error) = try summary(outcome, of: command)
    #expect(sent > 0 && error == "no reply from \(name)")
    #expect(outcome.ending == .exit(command == "ping" ? 1 : 71))
  }

  @Test(
    "print their summary while they connect",
    .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"), arguments: ["ping", "bench"],
    signals)
  func connecting(command: String, signal: Int32) async throws {
    let outcome = try await interrupted(
      "\(command) tcp://192.0.2.1:7 --json", signal, whenOpen: "tcp", port: 7)
    let (sent, error) = try summary(outcome, of: command)
    #expect(sent == (command == "ping" ? 1 : 0))
    #expect(error == (command == "ping" ? "no reply from tcp 192.0.2.1:7" : "interrupted"))
    #expect(outcome.ending == .exit(command == "ping" ? 1 : 71))
  }

  @Test(
    "print their summary while they resolve a name",
    .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"), arguments: ["ping", "bench"],
    signals)
  func resolving(command: String, signal: Int32) async throws {
    let outcome = try await interrupted(
      "\(command) udp://echo.example:7 --json", signal, whenOpen: "udp", port: 53)
    let (sent, error) = try summary(outcome, of: command)
    #expect(sent == 0 && error == "interrupted")
    #expect(outcome.ending == .exit(command == "ping" ? 1 : 71))
  }

  @Test(
    "say only that they were interrupted, if there is nothing to sum up and they print no JSON",
    .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
  func people() async throws {
    let outcome = try await interrupted("bench tcp://192.0.2.1:7", SIGTERM, whenOpen: "tcp", port: 7)
    #expect(outcome.text.hasPrefix("BENCH ") && outcome.text.split(separator: "\n").count == 1)
    #expect(outcome.errors == "echoc: interrupted\n" && outcome.ending == .exit(71))
  }

  @Test("end at once by a second signal, though a reply is waited for")
  func second() async throws {
    let server = try PlainSocket(.tcp, boundTo: .loopback)
    try #require(listen(server.number, 1) == 0 && fcntl(server.number, F_SETFL, O_NONBLOCK) == 0)
    let endpoint = "tcp://\(try server.localEndpoint())"
    let arguments = ["bench", endpoint, "--json", "-d", "3600"]
    try await RunningProgram.with(BuiltProgram.echoc, arguments) { program in
      var connection: Int32 = -1
      defer { close(connection) }
      try #require(
        await eventually {
          connection = accept(server.number, nil, nil)
          return connection >= 0
        })
      var byte: UInt8 = 0
      // It has sent a message, which is never answered.
      try #require(
        await eventually { recv(connection, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 1 })
      // The same signal is a second one only after a while.
      let facts = ProcessFacts(pid: program.pid)
      try #require(
        await eventually {
          program.signal(SIGINT)
          return facts.program == nil
        })
      let outcome = try await program.outcome()
      #expect(outcome.ending == .signal(SIGINT) && outcome.output == [])
    }
  }

  @Test("print their summary when timeout(1) ends them", arguments: ["ping", "bench"])
  func timeout(command: String) async throws {
    let server = try PlainSocket(.udp, boundTo: .loopback)
    let endpoint = "udp://\(try server.localEndpoint())"
    let arguments = ["3600", BuiltProgram.echoc, command, endpoint, "--json"]
    let outcome = try await RunningProgram.with("/usr/bin/timeout", arguments) { program in
      _ = try await server.receiveDatagram()
      // To timeout(1), the time is over when its timer's signal comes.
      program.signal(SIGALRM)
      return try await program.outcome()
    }
    let (_, error) = try summary(outcome, of: command)
    #expect(error != nil && outcome.ending == .exit(124))
  }

  @Test("end when nobody reads their output any more")
  func pipe() async throws {
    try await PythonProgram.odd("udp_doubling").serve { port in
      let command = "\(BuiltProgram.echoc) ping -i 0.01 udp://127.0.0.1:\(port) | head -n 1"
      let outcome = try await RunningProgram.run("/bin/sh", ["-c", command])
      #expect(outcome.text.hasPrefix("PING ") && outcome.text.split(separator: "\n").count == 1)
      #expect(outcome.errors == "" && outcome.ending == .exit(0))
    }
  }

  /// How much was sent, and the error.
  private func summary(_ outcome: RunningProgram.Outcome, of command: String) throws -> (Int, String?) {
    if command == "ping" {
      let summary = try PingSummary(outcome.output)
      return (summary.sent, summary.error)
    }
    let summary = try BenchSummary(outcome.output)
    return (summary.messages.sent, summary.error)
  }

  /// Runs echoc in a network without answers, where 192.0.2.1 is the name server too, and sends it a signal when it has
  /// a socket that is connected, or connects, to a port there. See proc_net_tcp and network_namespaces(7).
  private func interrupted(
    _ command: String, _ signal: Int32, whenOpen table: String, port: Int
  ) async throws -> RunningProgram.Outcome {
    try await TemporaryFile.with("nameserver 192.0.2.1\n") { path in
      let script = """
        \(TwoHosts.ip) link set lo up && \(TwoHosts.ip) route add 192.0.2.0/24 dev lo &&
        mount --bind \(path) /etc/resolv.conf && exec \(BuiltProgram.echoc) \(command)
        """
      let arguments = ["--net", "--mount", "/bin/sh", "-c", script]
      return try await RunningProgram.with("/usr/bin/unshare", arguments) { program in
        let remote = " 010200C0:" + String(0x10000 + port, radix: 16, uppercase: true).dropFirst() + " "
        try #require(
          await eventually {
            let sockets = try? String(contentsOfFile: "/proc/\(program.pid)/net/\(table)", encoding: .utf8)
            return sockets?.contains(remote) == true
          })
        program.signal(signal)
        return try await program.outcome()
      }
    }
  }
}

extension Endpoint {
  /// A port of the kernel's choice on loopback.
  fileprivate static let loopback = Endpoint(address: .loopbackIPv4, port: 0)
}
