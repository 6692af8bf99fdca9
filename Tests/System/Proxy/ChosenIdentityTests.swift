import Addresses
import Testing
import TestSupport

@Suite("A header that no listener expects")
struct ChosenIdentityTests {
  private static let file = """
    { "admin": { "port": 0 },
      "listeners": [{ "name": "it", "transport": "tcp", "port": 0, "service": "identify" },
                    { "name": "iu", "transport": "udp", "port": 0, "service": "identify" },
                    { "name": "et", "transport": "tcp", "port": 0 },
                    { "name": "eu", "transport": "udp", "port": 0 }] }
    """
  private static let first = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n"

  private static func second() throws -> [UInt8] {
    SecondVersion.header(
      from: Endpoint(address: try #require(IPAddress("192.0.2.7")), port: 40_000),
      to: Endpoint(address: try #require(IPAddress("198.51.100.1")), port: 443))
  }

  @Test("is a message like any other over TCP, and changes nobody's identity")
  func connections() async throws {
    try await RunningDaemon.with(Self.file) { daemon in
      let asking = try PlainSocket(connectedTo: daemon.endpoint(of: "it"))
      let local = try asking.localEndpoint()
      let identity = try await Identity.answer(to: Self.first + "hello", on: asking)
      #expect(identity.from == "\(local)" && identity.via == nil && identity.proxy == nil)
      #expect(identity.bytes == Self.first.utf8.count + 5)
      #expect(try await daemon.clients(of: "it").map(\.client) == ["\(local)"])
      for header in [Array(Self.first.utf8), try Self.second()] {
        let client = try PlainSocket(connectedTo: daemon.endpoint(of: "et"))
        try await client.send(header)
        #expect(try await client.receive(exactly: header.count) == header)
      }
      #expect(try await daemon.stats().totals.dropped == 0)
    }
  }

  @Test("is a message like any other over UDP, and changes nobody's identity")
  func datagrams() async throws {
    try await RunningDaemon.with(Self.file) { daemon in
      let client = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
      let local = try client.localEndpoint()
      let message = try Self.second() + [UInt8](repeating: 46, count: 500)
      let identity = try await Identity.answer(to: message, from: client, at: daemon.endpoint(of: "iu"))
      #expect(identity.from == "\(local)" && identity.via == nil && identity.proxy == nil)
      #expect(identity.bytes == message.count)
      #expect(try await daemon.clients(of: "iu").map(\.client) == ["\(local)"])
      try client.send(message, to: daemon.endpoint(of: "eu"))
      #expect(try await client.receiveDatagram().bytes == message)
      #expect(try await daemon.stats().totals.dropped == 0)
    }
  }
}
