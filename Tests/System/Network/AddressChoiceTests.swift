import Testing

/// A server with two addresses, of which the first is dead: what is sent there vanishes. And one that is known by its
/// link-local address alone.
@Suite(
  "echoc, where a server's addresses differ",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct AddressChoiceTests {
  private static let names = "fd00:ff::77 server\n10.255.0.2 server\n"
  private static let listeners = """
    { "transport": "udp", "address": "::", "port": 7000 },
    { "transport": "tcp", "address": "::", "port": 7000 },
    { "transport": "tcp", "address": "::", "port": 7001, "closeAfterReply": true }
    """

  @Test(
    "pings the address that answers, and names it: every message, the first too", arguments: ["udp", "tcp"])
  func ping(transport: String) async throws {
    try await withServer { client in
      let outcome = try await echoc(
        on: client, ["ping", "-c", "3", "-i", "0.3", "\(transport)://server:7000"])
      #expect(
        outcome.text.hasPrefix("PING \(transport)://server:7000 (\(transport) 10.255.0.2:7000): 56 bytes\n"))
      #expect(outcome.text.contains("56 bytes from \(transport) 10.255.0.2:7000: seq=3 "))
      #expect(outcome.text.contains("3 sent, 3 received"))
      #expect(outcome.errors == "" && outcome.ending == .exit(0))
    }
  }

  @Test("talks to the address that answers", arguments: ["udp://server:7000", "tcp://server:7001"])
  func talk(endpoint: String) async throws {
    try await withServer { client in
      let outcome = try await echoc(on: client, ["talk", endpoint], input: "a\nb\nc\n")
      #expect(outcome.text == "a\nb\nc\n")
      #expect(outcome.errors == "" && outcome.ending == .exit(0))
    }
  }

  @Test("measures the address that answers", arguments: ["udp", "tcp"])
  func bench(transport: String) async throws {
    try await withServer { client in
      let outcome = try await echoc(on: client, ["bench", "-d", "1", "\(transport)://server:7000"])
      #expect(outcome.text.hasPrefix("BENCH \(transport)://server:7000 (\(transport) 10.255.0.2:7000): "))
      let figures = transport == "udp" ? " 0 wrong, " : " 0 wrong, 0 lost\n"
      #expect(outcome.text.contains(figures) && outcome.ending == .exit(0))
    }
  }

  @Test(
    "uses one family alone with -4 or -6",
    arguments: [
      (["ping", "-c", "1"], "udp"), (["ping", "-c", "1"], "tcp"), (["talk"], "udp"), (["talk"], "tcp"),
      (["bench", "-d", "1"], "udp"), (["bench", "-d", "1"], "tcp"),
    ])
  func families(command: [String], transport: String) async throws {
    try await withServer { client in
      let command = command + ["\(transport)://server:7000"]
      let outcome = try await echoc(on: client, command + ["-4"], input: "a\n")
      #expect(!outcome.text.contains(" 1 lost") && outcome.ending == .exit(0))
      let dead = try await echoc(on: client, command + ["-6"], input: "a\n")
      #expect((dead.text + dead.errors).contains("\(transport) [fd00:ff::77]:7000"))
      #expect(!(dead.text + dead.errors).contains("10.255.0.2"))
      #expect(dead.ending == .exit(command[0] == "bench" ? 71 : 1))
    }
  }

  @Test("reaches a link-local address with its zone", arguments: ["udp", "tcp"])
  func linkLocal(transport: String) async throws {
    try await withServer { client in
      let endpoint = "\(transport)://[fe80::7%\(TwoHosts.Host.interface)]:7000"
      let ping = try await echoc(on: client, ["ping", "-c", "1", endpoint])
      #expect(
        ping.text.hasPrefix("PING \(endpoint) (\(transport) [fe80::7%wire]:7000): 56 bytes\n56 bytes from "))
      #expect(ping.ending == .exit(0))
      #expect(try await echoc(on: client, ["talk", endpoint], input: "a\n").text == "a\n")
      #expect(try await echoc(on: client, ["bench", "-d", "1", endpoint]).ending == .exit(0))
      let without = try await echoc(on: client, ["talk", "\(transport)://[fe80::7]:7000"])
      #expect(without.errors.hasSuffix(" [fe80::7]:7000: the zone is missing, as in [fe80::7%eth0]\n"))
    }
  }

  private func withServer(_ body: (TwoHosts.Host) async throws -> Void) async throws {
    try await TwoHosts.with { hosts in
      let wire = "dev \(TwoHosts.Host.interface)"
      try await hosts.left.ip("address add fd00:ff::1/64 \(wire) nodad")
      try await hosts.left.ip("neighbor add fd00:ff::77 lladdr 02:00:00:00:00:77 \(wire)")
      try await hosts.left.ip("address add fe80::1/64 \(wire) nodad")
      try await hosts.right.ip("address add fe80::7/64 \(wire) nodad")
      try await HostDaemon.with(on: hosts.right, listeners: Self.listeners) { _ in try await body(hosts.left)
      }
    }
  }

  /// Runs echoc where the server's name is known. A bind mount of ip-netns(8) is seen by no one else.
  private func echoc(
    on host: TwoHosts.Host, _ arguments: [String], input: String = ""
  ) async throws -> RunningProgram.Outcome {
    try await TemporaryFile.with(Self.names) { path in
      let script = #"mount --bind "$0" /etc/hosts && exec "$@""#
      let command = host.wrapper + ["/bin/sh", "-c", script, path, BuiltProgram.echoc] + arguments
      return try await RunningProgram.run(command[0], Array(command.dropFirst()), input: input.utf8)
    }
  }
}
