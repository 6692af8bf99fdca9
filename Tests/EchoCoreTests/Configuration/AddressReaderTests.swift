import Addresses
import EchoCore
import Testing

@Suite("The address reader")
struct AddressReaderTests {
  @Test(
    "reads IP literals", arguments: ["0.0.0.0", "::", "::1", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"])
  func addresses(text: String) throws {
    let listener = try listener("\"transport\": \"udp\", \"port\": 7, \"address\": \"\(text)\"")
    #expect(listener.address == IPAddress(text))
  }

  @Test(
    "refuses what is not an IP address, and what cannot be bound, with advice",
    arguments: [
      ("\"localhost\"", "\"localhost\" is not an IP address: write 127.0.0.1 or ::1"),
      (
        "\"\"",
        "\"\" is not an IP address: write 0.0.0.0 for every IPv4 address, :: for every IPv6 and IPv4 address"
      ),
      (
        "\"*\"",
        "\"*\" is not an IP address: write 0.0.0.0 for every IPv4 address, :: for every IPv6 and IPv4 address"
      ),
      ("\"[::1]\"", "\"[::1]\" is not an IP address: write it without the brackets"),
      (
        "\"fe80::1%eth0\"",
        "\"fe80::1%eth0\" is not an IP address: zones (what follows the %) are not supported; \"::\" listens "
          + "on every interface"
      ),
      (
        "\"echo.example\"",
        "\"echo.example\" is not an IP address: host names are not looked up; write an address such as 192.0.2.1 or 2001:db8::1"
      ),
      (
        "\"127.0.0.1\\u0000\"",
        "\"127.0.0.1\\u0000\" is not an IP address: host names are not looked up; write an address such as 192.0.2.1 or 2001:db8::1"
      ),
      (
        "\"224.0.0.1\"",
        "\"224.0.0.1\" is a multicast or broadcast address, which a listener cannot be bound to"
      ),
      ("\"ff02::1\"", "\"ff02::1\" is a multicast or broadcast address, which a listener cannot be bound to"),
      (
        "\"255.255.255.255\"",
        "\"255.255.255.255\" is a multicast or broadcast address, which a listener cannot be bound to"
      ),
      (
        "\"fe80::1\"",
        "\"fe80::1\" is a link-local address, which needs a zone, and zones are not supported; "
          + "\"::\" receives what is sent to it"
      ),
      ("12", "12 is not an IP address (a string such as \"127.0.0.1\" or \"::1\")"),
    ])
  func wrongAddresses(value: String, message: String) {
    #expect(refusal(ofMember: "\"address\": \(value)") == ["e.json: listeners[0].address: \(message)"])
  }

  @Test(
    "refuses what is not a network, with the one that was probably meant",
    arguments: [
      (
        "[]",
        ": an empty list allows nobody; leave the key out for private networks, or write [\"0.0.0.0/0\", \"::/0\"] "
          + "for everyone"
      ),
      ("\"10.0.0.0/8\"", ": the string \"10.0.0.0/8\" is not a list of networks (an array)"),
      ("[\"::/0\", 8]", "[1]: 8 is not a network (a string such as \"10.0.0.0/8\")"),
      (
        "[\"lan/8\"]",
        "[0]: \"lan/8\" is not a network: write an IP address, a slash and a prefix length, as in 10.0.0.0/8"
      ),
      (
        "[\"10.0.0.1\"]",
        "[0]: \"10.0.0.1\" has no prefix length; write \"10.0.0.1/32\" for a single host"
      ),
      ("[\"::1\"]", "[0]: \"::1\" has no prefix length; write \"::1/128\" for a single host"),
      (
        "[\"10.0.0.0/33\"]",
        "[0]: \"10.0.0.0/33\" is not a network: the prefix length must be a number from 0 to 32"
      ),
      ("[\"::/\"]", "[0]: \"::/\" is not a network: the prefix length must be a number from 0 to 128"),
      (
        "[\"10.1.2.3/8\"]",
        "[0]: \"10.1.2.3/8\" has host bits set; the network is \"10.0.0.0/8\""
      ),
    ])
  func wrongNetworks(value: String, message: String) {
    #expect(refusal(ofMember: "\"allow\": \(value)") == ["e.json: listeners[0].allow\(message)"])
  }

  @Test("refuses more networks than the limit")
  func tooManyNetworks() {
    let networks = { [String](repeating: "\"::/0\"", count: $0).joined(separator: ",") }
    #expect(refusal(ofMember: "\"allow\": [\(networks(Limits.prefixes))]") == [])
    #expect(
      refusal(ofMember: "\"allow\": [\(networks(Limits.prefixes + 1))]")
        == ["e.json: listeners[0].allow: a list of networks has 1 to 10000 elements; this one has 10001"])
  }
}
