import Addresses
import EchoCore
import TestSupport
import Testing

@Suite("An access list")
struct AccessListTests {
  private static let standard = AccessList(ListenerConfiguration.privateNetworks)

  @Test("by default has nine networks")
  func networks() {
    #expect(
      ListenerConfiguration.privateNetworks.map(\.description) == [
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "::1/128", "fe80::/10", "fc00::/7",
      ])
  }

  @Test(
    "by default permits loopback, link-local and private addresses",
    arguments: [
      "127.0.0.1", "127.255.255.255", "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255",
      "192.168.0.0", "192.168.255.255", "100.64.0.0", "100.127.255.255", "169.254.0.0", "169.254.255.255",
      "::1", "fe80::", "febf:ffff::1", "fc00::", "fdff:ffff::1",
    ])
  func permitted(address: String) throws {
    #expect(try Self.standard.permits(#require(IPAddress(address))))
  }

  @Test(
    "by default permits no other address",
    arguments: [
      "0.0.0.0", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
      "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.2.1",
      "192.167.255.255", "192.169.0.0", "255.255.255.255", "::", "::2", "2001:db8::1", "fbff::1", "fe00::1",
      "fe7f::1", "fec0::1", "ff02::1",
    ])
  func refused(address: String) throws {
    #expect(try !Self.standard.permits(#require(IPAddress(address))))
  }

  @Test("takes a v4-mapped address for IPv4")
  func mapped() throws {
    #expect(try Self.standard.permits(#require(IPAddress("::ffff:10.1.2.3"))))
    #expect(try !Self.standard.permits(#require(IPAddress("::ffff:203.0.113.9"))))
    let everyIPv6 = AccessList([try Prefix("::/0")])
    #expect(try !everyIPv6.permits(#require(IPAddress("::ffff:10.1.2.3"))))
    #expect(try everyIPv6.permits(#require(IPAddress("2001:db8::1"))))
  }

  @Test(
    "of both whole families is everyone, and an empty one nobody", arguments: ["203.0.113.9", "2001:db8::1"])
  func extremes(address: String) throws {
    let address = try #require(IPAddress(address))
    #expect(AccessList([try Prefix("0.0.0.0/0"), try Prefix("::/0")]).permits(address))
    #expect(!AccessList([]).permits(address))
  }

  @Test("of many networks, some within others, agrees with each of them")
  func sameAsEach() throws {
    var prefixes: [Prefix] = []
    for bytes in stride(from: 0, to: 4000, by: 4).map({ noise(4, seed: UInt64($0)) }) {
      let (length, isIPv4) = (Int(bytes[0]) % 33, bytes[3] % 2 == 0)
      let address = isIPv4 ? "10.\(bytes[1]).\(bytes[2]).0" : "2001:db8:\(bytes[1]):\(bytes[2])::"
      for length in [length, 16 + length % 8] {
        switch Result(catching: { () throws(Prefix.ParseError) in try Prefix("\(address)/\(length)") }) {
        case .success(let prefix), .failure(.hostBitsSet(let prefix)): prefixes.append(prefix)
        case .failure(let error): throw error
        }
      }
    }
    // Networks that leave gaps: a list that holds everything says nothing.
    prefixes.removeAll { $0.bitCount < 96 + 12 && $0.network.isIPv4 || $0.bitCount < 20 }
    try #require(prefixes.count > 1000)
    let list = AccessList(prefixes)
    var permitted = 0
    for prefix in prefixes {
      let bits = [prefix.range.lowerBound.bits, prefix.range.upperBound.bits]
      for edge in bits.flatMap({ [$0 &- 1, $0, $0 &+ 1] }) {
        let address = IPAddress(bits: edge)
        let expected = prefixes.contains { $0.contains(address) }
        permitted += expected ? 1 : 0
        #expect(list.permits(address) == expected, "\(address)")
      }
    }
    #expect((1..<prefixes.count * 6).contains(permitted))
  }
}
