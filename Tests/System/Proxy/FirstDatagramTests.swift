import Addresses
import Testing
import TestSupport

/// A proxy that names the client in the first datagram of each of its own ports.
@Suite("A UDP listener with a header in the first datagram")
struct FirstDatagramTests {
  private static let file = """
    { "admin": { "port": 0 },
      "listeners": [{ "name": "l", "transport": "udp", "port": 0, "service": "identify",
                      "allow": ["192.0.2.0/24"],
                      "proxyProtocol": { "from": ["127.0.0.1/32"], "datagrams": "first" } }] }
    """
  /// Longer than the object, which a reply leaves whole then.
  private static let message = [UInt8](repeating: UInt8(ascii: "."), count: 500)

  private static func header(from client: String, port: UInt16) throws -> [UInt8] {
    SecondVersion.header(
      from: Endpoint(address: try #require(IPAddress(client)), port: port),
      to: Endpoint(address: try #require(IPAddress("198.51.100.1")), port: 7000))
  }

  @Test("remembers the client of each port of the proxy")
  func flows() async throws {
    try await RunningDaemon.with(Self.file) { daemon in
      let server = try daemon.endpoint(of: "l")
      let flows = try (0..<3).map { _ in
        try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
      }
      for (number, flow) in flows.enumerated() {
        let header = try Self.header(from: "192.0.2.\(number)", port: 40_000)
        let identity = try await Identity.answer(to: header + Self.message, from: flow, at: server)
        #expect(identity.from == "192.0.2.\(number):40000" && identity.to == "198.51.100.1:7000")
        let peer = try flow.localEndpoint()
        #expect(identity.via == "\(peer)" && identity.bytes == Self.message.count)
        #expect(identity.proxy == Identity.Proxy(version: 2, command: "PROXY"))
      }
      for (number, flow) in flows.enumerated() {
        let identity = try await Identity.answer(to: Self.message, from: flow, at: server)
        #expect(identity.from == "192.0.2.\(number):40000" && identity.bytes == Self.message.count)
        let peer = try flow.localEndpoint()
        #expect(identity.via == "\(peer)")
      }
      let listed = try await daemon.clients(of: "l")
      #expect(Set(listed.map(\.client)) == Set((0..<3).map { "192.0.2.\($0):40000" }))
      #expect(listed.allSatisfy { $0.messages == 2 && $0.bytes == 2 * Self.message.count })
      #expect(try await daemon.figures(of: "l").dropped.total == 0)
    }
  }

  @Test("drops the datagrams of a port that has sent no header")
  func missing() async throws {
    try await RunningDaemon.with(Self.file) { daemon in
      let server = try daemon.endpoint(of: "l")
      let (known, unknown) = try (
        PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0)),
        PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
      )
      let header = try Self.header(from: "192.0.2.7", port: 40_000)
      _ = try await Identity.answer(to: header + Self.message, from: known, at: server)
      for _ in 0..<2 { try unknown.send(Self.message, to: server) }
      let identity = try await Identity.answer(to: header + Self.message, from: unknown, at: server)
      #expect(identity.from == "192.0.2.7:40000" && identity.bytes == Self.message.count)
      let dropped = try await daemon.figures(of: "l").dropped
      #expect(dropped.badProxyHeader == 2 && dropped.total == 2)
      #expect(!unknown.hasInput())
    }
  }

  @Test("denies a client that its access list does not have, also without a header")
  func access() async throws {
    try await RunningDaemon.with(Self.file) { daemon in
      let server = try daemon.endpoint(of: "l")
      let proxy = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
      let header = try Self.header(from: "203.0.113.7", port: 40_000)
      try proxy.send(header + Self.message, to: server)
      #expect(try await eventually { try await daemon.figures(of: "l").dropped.total == 1 })
      try proxy.send(Self.message, to: server)
      #expect(try await eventually { try await daemon.figures(of: "l").dropped.total == 2 })
      #expect(!proxy.hasInput())
      #expect(try await daemon.figures(of: "l").messages.sent == 0)
    }
  }
}
