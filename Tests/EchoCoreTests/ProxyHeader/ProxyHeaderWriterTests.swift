import Addresses
import EchoCore
import Testing

@Suite("A written PROXY header")
struct ProxyHeaderWriterTests {
  private static let endpoints = [
    ("192.0.2.7:40000", "192.0.2.1:7"), ("0.0.0.0:0", "255.255.255.255:65535"),
    ("[2001:db8::7]:40000", "[2001:db8::1]:7"), ("[::ffff:192.0.2.7]:40000", "192.0.2.1:7"),
    ("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[::]:0"),
  ]

  @Test("of version 1 is a line")
  func version1() {
    #expect(
      ProxyHeader.bytes(
        version: 1, from: endpoint("192.0.2.7:40000"), to: endpoint("192.0.2.1:7"), over: .tcp)
        == Array("PROXY TCP4 192.0.2.7 192.0.2.1 40000 7\r\n".utf8))
    #expect(
      ProxyHeader.bytes(
        version: 1, from: endpoint("[2001:db8::7]:40000"), to: endpoint("[2001:db8::1]:7"), over: .tcp)
        == Array("PROXY TCP6 2001:db8::7 2001:db8::1 40000 7\r\n".utf8))
  }

  @Test("of version 2 has the family and the transport", arguments: HeaderFixture.addresses[..<4])
  func version2(fixture: HeaderFixture) throws {
    let (source, destination) = (try #require(fixture.source), try #require(fixture.destination))
    let transport: Transport = fixture.bytes[13] & 0xF == 1 ? .tcp : .udp
    #expect(ProxyHeader.bytes(version: 2, from: source, to: destination, over: transport) == fixture.bytes)
  }

  @Test(
    "is read as it was meant", arguments: endpoints, [(1, .tcp), (2, .tcp), (2, .udp)] as [(Int, Transport)])
  func roundTrip(endpoints: (String, String), form: (Int, Transport)) throws {
    let (source, destination) = (endpoint(endpoints.0), endpoint(endpoints.1))
    let bytes = try #require(
      ProxyHeader.bytes(version: form.0, from: source, to: destination, over: form.1))
    let header = try #require(read(bytes, form.1 == .tcp ? .any : .second).header)
    #expect(header.version == form.0)
    #expect(header.command == .proxy)
    #expect(header.source == source)
    #expect(header.destination == destination)
    #expect(header.byteCount == bytes.count)
    #expect(form.1 == .tcp || bytes.count <= ProxyHeader.writtenDatagramLimit)
  }

  @Test("does not exist for two families, for version 1 over UDP, or for another version")
  func impossible() {
    let (ipv4, ipv6) = (endpoint("192.0.2.7:40000"), endpoint("[2001:db8::1]:7"))
    for version in [1, 2] {
      #expect(ProxyHeader.bytes(version: version, from: ipv4, to: ipv6, over: .tcp) == nil)
      #expect(ProxyHeader.bytes(version: version, from: ipv6, to: ipv4, over: .tcp) == nil)
    }
    #expect(ProxyHeader.bytes(version: 1, from: ipv4, to: ipv4, over: .udp) == nil)
    #expect(ProxyHeader.bytes(version: 0, from: ipv4, to: ipv4, over: .tcp) == nil)
    #expect(ProxyHeader.bytes(version: 3, from: ipv4, to: ipv4, over: .udp) == nil)
  }
}
