import Addresses
import Testing
import TestSupport

@Suite(
  "A reply that is longer than its path's MTU",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct NarrowPathTests {
  private static let listeners = """
    { "name": "ipv4", "transport": "udp", "address": "0.0.0.0", "port": 12000 },
    { "name": "dual", "transport": "udp", "address": "::", "port": 12001 }
    """

  /// Whole packets that pass the path, that only the server's link passes, and fragments.
  private static let ipv4Sizes = [1372, 1373, 1450, 1472, 1473, 9000, 65_507]
  /// Over IPv6 those that are longer than a packet of the server's link.
  private static let ipv6Sizes = [1352, 1453, 2000, 9000, 65_507]

  @Test(
    "arrives in fragments that the router makes, also when its ICMP is filtered", arguments: [false, true])
  func ipv4(isFiltered: Bool) async throws {
    try await withClient(isFiltered: isFiltered, of: NarrowPath.serverIPv4) { client, server in
      for port in [12000, 12001] {
        for size in Self.ipv4Sizes {
          try await expectReply(to: noise(size), on: client, Endpoint(server, port))
        }
      }
    }
  }

  @Test("arrives over IPv6 in small fragments, also when ICMPv6 is filtered", arguments: [false, true])
  func ipv6(isFiltered: Bool) async throws {
    try await withClient(isFiltered: isFiltered, of: NarrowPath.serverIPv6) { client, server in
      for size in Self.ipv6Sizes {
        try await expectReply(to: noise(size), on: client, Endpoint(server, 12001))
      }
    }
  }

  @Test("arrives over IPv6 when the router has said once that a whole packet is too big")
  func packetTooBig() async throws {
    try await withClient(isFiltered: false, of: NarrowPath.serverIPv6) { client, server in
      let message = noise(1450)
      let arrives = try await eventually(every: .milliseconds(50)) {
        if client.hasInput() { return true }
        try client.send(message, to: Endpoint(server, 12001))
        return false
      }
      #expect(arrives)
      #expect(try await client.receiveDatagram().bytes.isSame(as: message))
    }
  }

  /// Runs echod at the server's end, and gives the body a client's socket at the other, which has been answered once.
  private func withClient(
    isFiltered: Bool, of server: String, _ body: (PlainSocket, IPAddress) async throws -> Void
  ) async throws {
    try await NarrowPath.with(isFiltered: isFiltered) { path in
      try await HostDaemon.with(on: path.server, listeners: Self.listeners) { _ in
        let address = try #require(IPAddress(server))
        let client = try path.client.socket { try PlainSocket(.udp, isIPv6: !address.isIPv4) }
        client.setReceiveBuffer(1 << 20)
        try await expectReply(to: [1], on: client, Endpoint(address, 12001))
        try await body(client, address)
      }
    }
  }

  private func expectReply(to message: [UInt8], on client: PlainSocket, _ server: Endpoint) async throws {
    try client.send(message, to: server)
    #expect(try await client.receiveDatagram().bytes.isSame(as: message), "\(message.count) bytes, \(server)")
  }
}

extension Endpoint {
  fileprivate init(_ address: IPAddress, _ port: Int) { self.init(address: address, port: UInt16(port)) }
}
