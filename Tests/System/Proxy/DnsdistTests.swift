import Addresses
import Testing
import TestSupport

/// dnsdist sends a header of version 2 with each DNS query over UDP, from one port for all clients.
///
/// It passes on only what is a DNS response, and neither the echo of a query nor an `identify` object is one. So its
/// clients get no reply, and the test looks at echod's figures.
@Suite("A UDP listener behind dnsdist")
struct DnsdistTests {
  /// A query for the address of echo.example. See RFC 1035, section 4.
  private static let query: [UInt8] =
    [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4] + Array("echo".utf8) + [7] + Array("example".utf8)
    + [0, 0, 1, 0, 1]

  private static func file(_ service: String, _ keys: String = "") -> String {
    """
    { "admin": { "port": 0 },
      "listeners": [{ "name": "l", "transport": "udp", "port": 0, "service": "\(service)",
                      "proxyProtocol": { "from": ["127.0.0.1/32"], "datagrams": "each" }\(keys) }] }
    """
  }

  @Test("counts the clients that dnsdist serves, not dnsdist", arguments: ["echo", "identify"])
  func figures(service: String) async throws {
    try await RunningDaemon.with(Self.file(service)) { daemon in
      try await ProxyProgram.dnsdist(before: daemon.endpoint(of: "l")) { frontend, dnsdist in
        let address = try #require(IPAddress("127.0.0.5"))
        let clients = try (0..<3).map { _ in
          try PlainSocket(.udp, boundTo: Endpoint(address: address, port: 0))
        }
        for (number, client) in clients.enumerated() {
          for _ in 0...number { try client.send(Self.query, to: frontend) }
        }
        let haveArrived = try await eventually {
          try await daemon.figures(of: "l").messages.received == 6
        }
        #expect(haveArrived, dnsdist.log)
        let figures = try await daemon.figures(of: "l")
        #expect(figures.bytes.received == 6 * Self.query.count && figures.messages.sent == 6)
        #expect(figures.clients.total == 3 && figures.dropped.total == 0)
        let expected = try clients.enumerated().map { number, client in
          ListedClient(
            client: "\(try client.localEndpoint())", messages: number + 1,
            bytes: (number + 1) * Self.query.count)
        }
        #expect(try await daemon.clients(of: "l") == expected.reversed())
      }
    }
  }

  @Test("limits each client that dnsdist serves")
  func limit() async throws {
    let keys = #", "allow": ["127.0.0.5/32", "127.0.0.6/32"], "rateLimit": { "perSecond": 1, "burst": 2 }"#
    try await RunningDaemon.with(Self.file("echo", keys)) { daemon in
      try await ProxyProgram.dnsdist(before: daemon.endpoint(of: "l")) { frontend, dnsdist in
        for address in ["127.0.0.5", "127.0.0.6", "127.0.0.7"] {
          let endpoint = Endpoint(address: try #require(IPAddress(address)), port: 0)
          let client = try PlainSocket(.udp, boundTo: endpoint)
          for _ in 0..<2 { try client.send(Self.query, to: frontend) }
        }
        let haveArrived = try await eventually {
          try await daemon.figures(of: "l").messages.received == 6
        }
        #expect(haveArrived, dnsdist.log)
        let dropped = try await daemon.figures(of: "l").dropped
        #expect(dropped.denied == 2 && dropped.total == 2)
      }
    }
  }
}
