import Testing

/// A router between echoc and where it sends to, which says why it does not forward.
@Suite(
  "echoc, where a router reports an error",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct ReportTests {
  /// A kind of route on the router, and what it says.
  struct Route: Sendable, CustomTestStringConvertible {
    var kind: String
    var network: String
    var host: String
    var says: String

    var testDescription: String { "\(kind) \(network)" }
  }

  private static let routes = [
    Route(
      kind: "prohibit", network: "10.254.1.0/24", host: "10.254.1.7",
      says: "administratively prohibited (reported by 10.255.0.2)"),
    Route(
      kind: "unreachable", network: "10.254.2.0/24", host: "10.254.2.7",
      says: "host unreachable (reported by 10.255.0.2)"),
    Route(
      kind: "prohibit", network: "fd00:fe:1::/64", host: "[fd00:fe:1::7]",
      says: "administratively prohibited (reported by fd00:ff::2)"),
    Route(
      kind: "unreachable", network: "fd00:fe:2::/64", host: "[fd00:fe:2::7]",
      says: "network unreachable (reported by fd00:ff::2)"),
  ]

  @Test("tells what it says, and who says so", arguments: routes)
  func reports(route: Route) async throws {
    try await withRouter(route) { client in
      for command in [["ping", "-c", "1"], ["talk"], ["bench", "-d", "1"]] {
        for transport in ["udp", "tcp"] {
          let peer = "\(transport)://\(route.host):7000"
          let line = client.wrapper + [BuiltProgram.echoc] + command + [peer]
          let outcome = try await RunningProgram.run(line[0], Array(line.dropFirst()), input: "a\n".utf8)
          let lines = (outcome.text + outcome.errors).split(separator: "\n")
          #expect(lines.contains { $0.hasSuffix(": \(route.says)") }, "\(lines)")
        }
      }
    }
  }

  @Test("tells of each message of a ping that failed, however late")
  func late() async throws {
    try await TwoHosts.with { hosts in
      // Nobody has this address, which the kernel finds out after three seconds, for all messages at once.
      let line =
        hosts.left.wrapper + [BuiltProgram.echoc, "ping", "-c", "3", "-i", "0.1", "udp://10.255.0.7:7000"]
      let outcome = try await RunningProgram.run(line[0], Array(line.dropFirst()))
      let sentence = "no reply from udp 10.255.0.7:7000: host unreachable (reported by 10.255.0.1)\n"
      #expect(outcome.errors == (1...3).map { "echoc: seq=\($0) \(sentence)" }.joined())
      #expect(outcome.text.contains("3 sent, 0 received, 3 failed, 100% loss"))
      #expect(outcome.ending == .exit(1))
    }
  }

  @Test("takes what this machine itself drops for lost, as if it had vanished on the way")
  func ownDrops() async throws {
    try await TwoHosts.with { hosts in
      let rules = """
        PATH=/usr/sbin:$PATH
        nft add table netdev way
        nft add chain netdev way out '{ type filter hook egress device \(TwoHosts.Host.interface) priority 0; }'
        nft add rule netdev way out meta l4proto udp drop
        """
      try await hosts.left.run(["/bin/sh", "-ec", rules])
      let endpoint = "udp://\(hosts.right.address):7000"
      let line = hosts.left.wrapper + [BuiltProgram.echoc]
      let arguments = Array(line.dropFirst())
      let ping = try await RunningProgram.run(
        line[0], arguments + ["ping", "-c", "2", "-i", "0.1", "-W", "0.1", endpoint])
      #expect(ping.text.contains("2 sent, 0 received, 100% loss"))
      #expect(ping.errors == "echoc: no reply from udp \(hosts.right.address):7000\n")
      let bench = try await RunningProgram.run(
        line[0], arguments + ["bench", "-d", "1", "-p", "4", endpoint])
      #expect(bench.text.contains(" 0 answered, 0 wrong, ") && !bench.text.contains("errors"))
    }
  }

  private func withRouter(_ route: Route, _ body: (TwoHosts.Host) async throws -> Void) async throws {
    try await TwoHosts.with { hosts in
      let wire = "dev \(TwoHosts.Host.interface)"
      try await hosts.left.ip("address add fd00:ff::1/64 \(wire) nodad")
      try await hosts.right.ip("address add fd00:ff::2/64 \(wire) nodad")
      let isIPv4 = route.network.contains(".")
      try await hosts.left.ip("route add \(route.network) via \(isIPv4 ? hosts.right.address : "fd00:ff::2")")
      try await hosts.right.ip("route add \(route.kind) \(route.network)")
      // A router, and one that reports each time.
      let settings = """
        echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
        echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit
        """
      try await hosts.right.run(["/bin/sh", "-ec", settings])
      try await body(hosts.left)
    }
  }
}
