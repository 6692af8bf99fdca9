import Addresses
import EchoCore
import Glibc
import Testing
import TestSupport

@Suite("As many listeners as a file can have")
struct FullConfigurationTests {
  private static func file(_ count: Int, service: String = "echo") -> String {
    let listeners = (0..<count).map { number in
      let transport = number.isMultiple(of: 2) ? "udp" : "tcp"
      return #"{ "name": "\#(number)", "transport": "\#(transport)", "port": 0, "service": "\#(service)" }"#
    }
    return #"{ "admin": { "port": 0 }, "listeners": [\#(listeners.joined(separator: ","))] }"#
  }

  /// Sends a message to every listener at the same time, and checks the replies.
  private func ask(_ endpoints: [Endpoint], expecting reply: [UInt8]) async throws {
    var clients: [PlainSocket] = []
    for (number, endpoint) in endpoints.enumerated() {
      let client = try PlainSocket(number.isMultiple(of: 2) ? .udp : .tcp)
      try client.connect(to: endpoint)
      clients.append(client)
    }
    for client in clients { try await client.send([0x61]) }
    for client in clients { #expect(try await client.receive() == reply) }
  }

  @Test("are served at the same time, together with the statistics, also after a reload")
  func all() async throws {
    try await RunningDaemon.with(Self.file(Limits.listeners)) { daemon in
      let endpoints = try (0..<Limits.listeners).map { try daemon.endpoint(of: "\($0)") }
      try await ask(endpoints, expecting: [0x61])
      #expect(try await daemon.stats().totals.messages.sent == Limits.listeners)
      try TemporaryFile.write(
        Self.file(Limits.listeners, service: "uppercase"), to: daemon.configurationPath)
      daemon.program.signal(SIGHUP)
      _ = try await daemon.program.line(on: .errors) { $0.contains(" was read again") }
      try await ask(endpoints, expecting: [0x41])
      #expect(try await daemon.stats().totals.messages.sent == 2 * Limits.listeners)
    }
  }

  @Test("are the most that the check accepts")
  func oneMore() async throws {
    try await TemporaryFile.with(Self.file(Limits.listeners + 1)) { path in
      let check = try await RunningProgram.run(BuiltProgram.echod, ["check", "--config", path])
      #expect(check.ending == .exit(78))
      #expect(
        check.errors.contains("listeners: a list of listeners has 1 to 250 elements; this one has 251"))
    }
  }
}
