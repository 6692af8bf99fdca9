import Addresses
import Testing

@Suite("A prefix")
struct PrefixTests {
  @Test(
    "is read and written in its usual form",
    arguments: ["10.0.0.0/8", "0.0.0.0/0", "127.0.0.1/32", "::/0", "fc00::/7", "2001:db8::1/128"])
  func roundTrip(text: String) throws {
    #expect(try Prefix(text).description == text)
  }

  @Test(
    "contains the addresses of its network and no other",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
      ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
      ("::/0", "2001:db8::1", true), ("::/0", "203.0.113.9", false),
      ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
      ("fe80::/10", "febf::1", true), ("fe80::/10", "fec0::1", false),
      ("192.0.2.7/32", "192.0.2.7", true), ("192.0.2.7/32", "192.0.2.6", false),
    ])
  func contains(prefix: String, address: String, expected: Bool) throws {
    #expect(try Prefix(prefix).contains(#require(IPAddress(address))) == expected)
  }

  @Test(
    "says what is wrong with a text that is not a prefix",
    arguments: [
      ("", Prefix.ParseError.notAnAddress), ("/8", .notAnAddress), ("10.0.0/8", .notAnAddress),
      ("host/8", .notAnAddress), ("10.0.0.0", .notALength(limit: 32)), ("10.0.0.0/", .notALength(limit: 32)),
      ("10.0.0.0/33", .notALength(limit: 32)), ("10.0.0.0/08", .notALength(limit: 32)),
      ("10.0.0.0/-1", .notALength(limit: 32)),
      ("10.0.0.0/+8", .notALength(limit: 32)), ("10.0.0.0/8/8", .notALength(limit: 32)),
      ("::/129", .notALength(limit: 128)), ("::/99999999999999999999", .notALength(limit: 128)),
    ])
  func refusals(text: String, error: Prefix.ParseError) {
    #expect(throws: error) { try Prefix(text) }
  }

  @Test(
    "contains the networks within it and no other",
    arguments: [
      ("10.0.0.0/8", "10.0.0.0/8", true), ("10.0.0.0/8", "10.1.0.0/16", true),
      ("10.0.0.0/8", "0.0.0.0/0", false),
      ("10.0.0.0/8", "11.0.0.0/16", false), ("::/0", "fc00::/7", true), ("::/0", "10.0.0.0/8", false),
    ])
  func containsPrefix(prefix: String, other: String, expected: Bool) throws {
    #expect(try Prefix(prefix).contains(Prefix(other)) == expected)
  }

  @Test("names the network when an address in it was given")
  func hostBits() throws {
    let meant = try Prefix("10.0.0.0/8")
    #expect(throws: Prefix.ParseError.hostBitsSet(network: meant)) { try Prefix("10.1.2.3/8") }
  }
}
