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
        "\"2001:db8::1%eth0\"",
        "\"2001:db8::1%eth0\" is not an IP address: only a link-local address has a zone (what follows the %); "
          + "\"interface\" binds to one interface"
      ),
      (
        "\"fe80::1%\"",
        "\"fe80::1%\" is not an IP address: what follows the % is not the name of an interface"
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
        "\"fe80::1\" is a link-local address, which is valid on one interface only; add its zone, as in "
          + "\"fe80::1%eth0\", or an \"interface\""
      ),
      (
        "\"fe80::1%2\"",
        "\"fe80::1%2\" has the index of an interface as its zone; write the interface's name"
      ),
      ("12", "12 is not an IP address (a string such as \"127.0.0.1\" or \"::1\")"),
    ])
  func wrongAddresses(value: String, message: String) {
    #expect(refusal(ofMember: "\"address\": \(value)") == ["e.json: listeners[0].address: \(message)"])
  }

  @Test("reads a link-local address with its zone", arguments: ["eth0", "br-0.100", "wg_home"])
  func zones(zone: String) throws {
    let listener = try listener("\"transport\": \"udp\", \"port\": 7, \"address\": \"fe80::1%\(zone)\"")
    #expect(listener.address == IPAddress("fe80::1") && listener.zone == zone)
    #expect(listener.boundInterface == zone && listener.interface == nil)
  }

  @Test("takes the interface for the zone of a link-local address, and not another one beside a zone")
  func interfaceAsZone() throws {
    let text = #""transport": "tcp", "port": 7, "address": "fe80::1", "interface": "eth0""#
    let listener = try listener(text)
    #expect(listener.zone == nil && listener.boundInterface == "eth0")
    #expect(refusal(ofMember: #""address": "fe80::1%eth0", "interface": "eth0""#) == [])
    #expect(
      refusal(ofMember: #""address": "fe80::1%eth0", "interface": "eth1""#) == [
        #"e.json: listeners[0].interface: "eth1" is not the zone of the address ("eth0"); leave one of them out"#
      ])
  }

  @Test("takes no link-local address for the admin socket", arguments: ["fe80::1", "fe80::1%eth0"])
  func admin(address: String) {
    let lines = refusal(
      of: #"{"admin": {"address": "\#(address)"}, "listeners": [{"transport": "udp", "port": 7}]}"#)
    #expect(
      lines == [
        "e.json: admin.address: \"\(address)\" is a link-local address, which needs a zone, and zones are not "
          + "supported here; \"::\" receives what is sent to it"
      ])
  }

  @Test(
    "reads the name of an interface as the kernel does",
    arguments: ["eth0", "vrf-blue", "a", "123456789012345", "eth0.100", "enp%d", "ä"])
  func interfaces(name: String) throws {
    let listener = try listener(#""transport": "udp", "port": 7, "interface": "\#(name)""#)
    #expect(listener.interface == name)
  }

  @Test(
    "refuses what no interface can be called",
    arguments: [
      "", ".", "..", "1234567890123456", "a b", "a/b", "a:1", "a\\t", "a\\u0000", "12345678901234ä", "à",
    ])
  func wrongInterfaces(name: String) throws {
    let lines = refusal(ofMember: #""interface": "\#(name)""#)
    #expect(lines.count == 1 && lines[0].hasPrefix("e.json: listeners[0].interface: "))
    #expect(
      lines[0].hasSuffix(
        " is not the name of an interface (1 to 15 bytes without a slash, a colon or white space, and neither . nor ..)"
      ))
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
