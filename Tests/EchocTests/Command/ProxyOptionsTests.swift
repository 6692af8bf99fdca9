import Addresses
import Testing

@testable import echoc

@Suite("The options that send a PROXY header")
struct ProxyOptionsTests {
  private func parse(_ line: String) throws -> SentHeader? {
    try Talk.parse(line.split(separator: " ").map(String.init)).proxy.header
  }

  @Test("say what the header says")
  func header() throws {
    #expect(try parse("tcp://h:7") == nil)
    #expect(try parse("tcp://h:7 --send-proxy 1") == SentHeader(version: 1))
    let (ipv4, ipv6) = (try #require(IPAddress("192.0.2.7")), try #require(IPAddress("2001:db8::7")))
    #expect(
      try parse("udp://h:7 --send-proxy 2 --proxy-from 192.0.2.7:40000")
        == SentHeader(version: 2, source: Endpoint(address: ipv4, port: 40_000)))
    #expect(
      try parse("udp://h:7 --send-proxy 2 --proxy-to [2001:db8::7]:0 --proxy-from [2001:db8::7]:65535")
        == SentHeader(
          version: 2, source: Endpoint(address: ipv6, port: 65_535),
          destination: Endpoint(address: ipv6, port: 0)))
  }

  @Test("choose the server's family, unless the header has both endpoints")
  func family() throws {
    #expect(try parse("tcp://h:7 --send-proxy 1")?.family == nil)
    #expect(try parse("tcp://h:7 --send-proxy 1 --proxy-from 192.0.2.7:1")?.family == .ipv4)
    #expect(try parse("tcp://h:7 --send-proxy 1 --proxy-to [::1]:1")?.family == .ipv6)
    #expect(try parse("tcp://h:7 --send-proxy 1 --proxy-to [::1]:1 --proxy-from [::1]:2")?.family == nil)
    // A mapped address is an IPv4 address.
    #expect(try parse("tcp://h:7 --send-proxy 1 --proxy-to [::ffff:1.2.3.4]:1 --proxy-from 1.2.3.4:2") != nil)
  }

  @Test(
    "are refused with what is wrong",
    arguments: [
      ("udp://h:7 --send-proxy 1", "version 1 of the PROXY protocol is for TCP only: use --send-proxy 2"),
      ("tcp://h:7 --send-proxy 0", "--send-proxy 0 is not a version of the PROXY protocol: use 1 or 2"),
      ("tcp://h:7 --send-proxy 3", "--send-proxy 3 is not a version of the PROXY protocol: use 1 or 2"),
      ("tcp://h:7 --send-proxy v1", "'v1' is invalid"),
      ("tcp://h:7 --proxy-from 192.0.2.7:1", "--proxy-from and --proxy-to need --send-proxy"),
      ("tcp://h:7 --proxy-to 192.0.2.7:1", "--proxy-from and --proxy-to need --send-proxy"),
      (
        "tcp://h:7 --send-proxy 2 --proxy-from 192.0.2.7:1 --proxy-to [::1]:1",
        "--proxy-from and --proxy-to need addresses of the same family"
      ),
      (
        "tcp://[::1]:7 --send-proxy 2 --proxy-from 192.0.2.7:1",
        "--proxy-from is not of the same family as the server's address: use --proxy-to too"
      ),
      (
        "tcp://127.0.0.1:7 --send-proxy 2 --proxy-to [::1]:1",
        "--proxy-to is not of the same family as echoc's own address: use --proxy-from too"
      ),
      (
        "tcp://h:7 -6 --send-proxy 2 --proxy-from 192.0.2.7:1",
        "--proxy-from is not of the same family as the server's address: use --proxy-to too"
      ),
    ])
  func refusals(line: String, sentence: String) {
    #expect { try parse(line) } throws: { Talk.fullMessage(for: $0).contains(sentence) }
  }

  @Test(
    "are refused without an address and a port",
    arguments: [
      "192.0.2.7", "192.0.2.7:", "192.0.2.7:65536", "192.0.2.7:-1", "192.0.2.7:+1", ":7", "host:7",
      "[192.0.2.7]:7",
      "2001:db8::1:7", "[2001:db8::7]", "[2001:db8::7]7", "[2001:db8::7:7", "[fe80::1%lo]:7", "[]:7", "[:7",
      "", ":",
    ])
  func endpoints(text: String) {
    #expect(throws: HeaderEndpoint.SyntaxError(text: text)) { () throws in try HeaderEndpoint(text) }
  }

  @Test("belong to each command that sends")
  func commands() throws {
    let line = ["tcp://h:7", "--send-proxy", "1"]
    #expect(try Ping.parse(line).proxy.header == SentHeader(version: 1))
    #expect(try Bench.parse(line).proxy.header == SentHeader(version: 1))
    #expect(try Identify.parse(line).proxy.header == SentHeader(version: 1))
  }
}
