import Addresses
import EchoCore
import Testing

@Suite("The key that limits identify a client by")
struct LimitKeyTests {
  private func key(_ text: String, port: UInt16 = 7000, scope: UInt32 = 0) throws -> LimitKey {
    LimitKey(Endpoint(address: try #require(IPAddress(text)), port: port, scope: scope))
  }

  @Test(
    "does not depend on the port",
    arguments: ["192.0.2.1", "2001:db8::1", "fe80::1", "::1", "::ffff:192.0.2.1"])
  func port(address: String) throws {
    #expect(try key(address) == key(address, port: 7001))
  }

  @Test("is the whole address for IPv4, also if it is v4-mapped")
  func ipv4() throws {
    #expect(try key("192.0.2.1") != key("192.0.2.2"))
    #expect(try key("192.0.2.1") == key("::ffff:192.0.2.1"))
    // Link-local in IPv4: an endpoint of an IPv4 socket has no zone.
    #expect(try key("169.254.0.1") != key("169.254.0.2"))
  }

  @Test("is the /64 for IPv6")
  func ipv6() throws {
    #expect(try key("2001:db8::1") == key("2001:db8::ffff:ffff:ffff:ffff"))
    #expect(try key("2001:db8::1") != key("2001:db8:0:1::1"))
    // Unique local and the first network after the link-local ones.
    #expect(try key("fd00::1") == key("fd00::2"))
    #expect(try key("fec0::1") == key("fec0::2"))
  }

  @Test("is the whole address with its zone for link-local IPv6", arguments: ["fe80::", "febf::"])
  func linkLocal(network: String) throws {
    #expect(try key(network + "1", scope: 2) == key(network + "1", scope: 2))
    #expect(try key(network + "1", scope: 2) != key(network + "2", scope: 2))
    #expect(try key(network + "1", scope: 2) != key(network + "1", scope: 3))
    #expect(try key(network + "1", scope: .max) != key(network + "1", scope: .max - 1))
    #expect(try key(network + "1:0:0:1", scope: 2) != key(network + "2:0:0:1", scope: 2))
  }

  @Test("differs between clients")
  func distinct() throws {
    let keys = [
      try key("fe80::"), try key("fe80::", scope: 1), try key("fe80::1"), try key("fe80::1", scope: 1),
      try key("fec0::"), try key("::1"), try key("::ffff:0.0.0.1"), try key("ffff::"),
    ]
    #expect(Set(keys).count == keys.count)
  }
}
