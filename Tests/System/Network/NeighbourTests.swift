import Addresses
import Sockets
import Testing
import TestSupport

@Suite(
  "Neighbours with link-local addresses",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct NeighbourTests {
  /// A client on the right host: its address, and the wire that it uses.
  private struct Neighbour {
    var address: String
    var wire: String

    static let all = [
      Neighbour(address: "fe80::2", wire: TwoHosts.Host.interface),
      Neighbour(address: "fe80::3", wire: TwoHosts.Host.interface),
      // On another wire, the same address belongs to another host.
      Neighbour(address: "fe80::2", wire: TwoWires.second),
    ]

    /// A socket of the neighbour, and echod's address as the neighbour sees it.
    func socket(_ kind: PlainSocket.Kind, port: UInt16 = 0, on host: TwoHosts.Host) throws -> (
      socket: PlainSocket, server: Endpoint
    ) {
      try host.socket {
        let scope = try #require(NetworkInterface.index(of: wire))
        let (own, server) = (try #require(IPAddress(address)), try #require(IPAddress(TwoWires.linkLocal)))
        return (
          try PlainSocket(kind, boundTo: Endpoint(address: own, port: port, scope: scope)),
          Endpoint(address: server, port: 7000, scope: scope)
        )
      }
    }
  }

  /// Runs echod on the left host with one listener on `::`.
  private func withListener(
    _ members: String, _ body: (TwoHosts, HostDaemon) async throws -> Void
  ) async throws {
    try await TwoWires.with { hosts in
      try await hosts.right.ip("address add fe80::3/64 dev \(TwoHosts.Host.interface) nodad")
      let listener = #"{ "name": "all", "address": "::", "port": 7000, \#(members) }"#
      try await HostDaemon.with(on: hosts.left, listeners: listener) { try await body(hosts, $0) }
    }
  }

  @Test("each have their own limit on connections")
  func connections() async throws {
    try await withListener(#""transport": "tcp", "maxConnectionsPerClient": 1"#) { hosts, daemon in
      var kept: [PlainSocket] = []
      for neighbour in Neighbour.all {
        let (client, server) = try neighbour.socket(.tcp, on: hosts.right)
        try client.connect(to: server)
        try await client.send([1])
        #expect(try await client.receive() == [1], "\(neighbour)")
        kept.append(client)
      }
      let (second, server) = try Neighbour.all[2].socket(.tcp, on: hosts.right)
      try second.connect(to: server)
      #expect(try await second.receiveToEnd() == [])
      #expect(try await daemon.stats(of: "all").dropped.overLimit == 1)
      // The log has the name of the wire, not its number.
      _ = try await daemon.program.line(on: .errors) {
        $0.contains("overLimit 1; the last client was [fe80::2%\(TwoWires.second)]:")
      }
    }
  }

  @Test("each have their own limit on replies, and are counted separately")
  func datagrams() async throws {
    let rateLimit = #""rateLimit": { "perSecond": 1, "burst": 100 }"#
    try await withListener(#""transport": "udp", \#(rateLimit)"#) { hosts, daemon in
      // They differ only in the address or its zone.
      let port = UInt16.random(in: 20_000..<30_000)
      for neighbour in Neighbour.all {
        let (client, server) = try neighbour.socket(.udp, port: port, on: hosts.right)
        for _ in 0..<100 { try client.send([1], to: server) }
        var answered = 0
        while answered < 100, (try? await client.receiveDatagram()) != nil { answered += 1 }
        #expect(answered == 100, "\(neighbour)")
      }
      let stats = try await daemon.stats(of: "all")
      #expect(stats.dropped.total == 0 && stats.clients.total == 3)
    }
  }
}
