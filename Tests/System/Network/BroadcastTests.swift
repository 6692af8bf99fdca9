import Addresses
import Sockets
import Testing
import TestSupport

@Suite(
  "A datagram to a group of hosts",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct BroadcastTests {
  /// A network's broadcast, the broadcast to all hosts, and an IPv6 group. Linux delivers no IPv4 multicast to a
  /// dual-stack socket.
  private static let groups = ["10.255.0.255", "255.255.255.255", "ff02::1"]

  private func endpoint(_ text: String, scope: UInt32 = 0) throws -> Endpoint {
    Endpoint(address: try #require(IPAddress(text)), port: 7000, scope: scope)
  }

  @Test("is denied on a dual-stack listener, and its sender does not count as a client", arguments: groups)
  func dualStack(group: String) async throws {
    let listener = #"{ "name": "all", "transport": "udp", "address": "::", "port": 7000, "queues": 2 }"#
    try await TwoWires.with { hosts in
      try await hosts.right.ip("route add 255.255.255.255 dev \(TwoHosts.Host.interface)")
      try await HostDaemon.with(on: hosts.left, listeners: listener) { daemon in
        let isIPv6 = group.contains(":")
        let client = try hosts.right.socket {
          let scope = NetworkInterface.index(of: TwoHosts.Host.interface) ?? 0
          let client = try PlainSocket(.udp, isIPv6: isIPv6)
          client.allowBroadcast()
          try client.send([1], to: endpoint(group, scope: isIPv6 ? scope : 0))
          return client
        }
        let isDenied = try await eventually { try await daemon.stats(of: "all").dropped.denied > 0 }
        #expect(isDenied)
        let stats = try await daemon.stats(of: "all")
        // Each socket on the port gets a copy.
        #expect((1...2).contains(stats.dropped.denied) && stats.dropped.total == stats.dropped.denied)
        #expect(stats.clients.total == 0 && !client.hasInput())
        // A datagram to one host is answered, from the address that it was sent to.
        try await hosts.left.ip("address add 10.255.0.99/32 dev \(TwoHosts.Host.interface)")
        let plain = try hosts.right.socket { try PlainSocket(.udp) }
        for address in [hosts.left.address, "10.255.0.99"] {
          try plain.send([2], to: endpoint(address))
          #expect(try await plain.receiveDatagram().source.address.description == address)
        }
      }
    }
  }
}
