import AdminHTTP
import Addresses
import Testing

@Suite("A host")
struct RequestHostTests {
  @Test(
    "is an IP literal",
    arguments: [
      ("127.0.0.1", "127.0.0.1", nil), ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]", "::1", nil),
      ("[2001:DB8::1]:65535", "2001:db8::1", 65535), ("[::1]:", "::1", nil), ("0.0.0.0:0", "0.0.0.0", 0),
    ] as [(String, String, UInt16?)])
  func literals(text: String, address: String, port: UInt16?) throws {
    let host = try #require(RequestHost(text))
    #expect(try host.name == .address(#require(IPAddress(address))))
    #expect(host.port == port)
  }

  @Test(
    "or a name, in lower case and without a trailing dot",
    arguments: [
      ("localhost", "localhost", nil), ("LocalHost.:80", "localhost", 80), ("a:", "a", nil),
      ("a_b", "a_b", nil),
      ("127.1", "127.1", nil), ("127.0.0.1.", "127.0.0.1", nil), ("a%2Eb", "a%2eb", nil), (".", "", nil),
    ] as [(String, String, UInt16?)])
  func names(text: String, name: String, port: UInt16?) throws {
    let host = try #require(RequestHost(text))
    #expect(host.name == .name(name))
    #expect(host.port == port)
  }

  @Test(
    "is nothing else",
    arguments: [
      "", ":80", "a:65536", "a:-1", "a:+1", "a:1:2", "::1", "[::1", "::1]", "[::1]80", "[127.0.0.1]", "[]",
      "[a]",
      "[fe80::1%1]", "[fe80::1%25lo]", "user@a", "a/b", "a b", "a%", "a%2", "a\0", "é", "[::1\0]", "a:8\0",
      "a?", "a#",
    ])
  func refusals(text: String) {
    #expect(RequestHost(text) == nil)
  }
}
