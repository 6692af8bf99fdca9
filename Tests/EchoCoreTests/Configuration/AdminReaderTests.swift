import Addresses
import EchoCore
import TestSupport
import Testing

@Suite("The admin socket's reader")
struct AdminReaderTests {
  private static let listeners = "\"listeners\": [{\"transport\": \"udp\", \"port\": 7}]"

  @Test(
    "reads an address and a port, a path, or none",
    arguments: [
      ("null", nil), ("{}", AdminConfiguration.standard.endpoint),
      ("{\"port\": 0}", .tcp(address: .loopbackIPv4, port: 0)),
      ("{\"address\": \"::\"}", .tcp(address: .anyIPv6, port: 8080)),
      ("{\"port\": 80, \"address\": \"0.0.0.0\"}", .tcp(address: .anyIPv4, port: 80)),
      ("{\"unix\": \"/run/echod/admin.sock\"}", .unix(path: "/run/echod/admin.sock")),
    ] as [(String, AdminEndpoint?)])
  func forms(value: String, admin: AdminEndpoint?) throws {
    let text = "{\"admin\": \(value), \(Self.listeners)}"
    #expect(try Configuration.read(Array(text.utf8)).admin?.endpoint == admin)
  }

  @Test(
    "refuses everything else",
    arguments: [
      (
        "false",
        [
          ": false is not an admin socket; write { \"address\": IP, \"port\": NUMBER }, { \"unix\": PATH }, or null "
            + "for none"
        ]
      ),
      ("{\"port\": \"80\"}", [".port: the string \"80\" is not a port (a number, 0 to 65535)"]),
      (
        "{\"address\": \"localhost\"}",
        [".address: \"localhost\" is not an IP address: write 127.0.0.1 or ::1"]
      ),
      (
        "{\"prot\": 80}",
        [".prot: unknown key; did you mean \"port\"? The keys here are address, port, hosts, unix"]
      ),
      (
        "{\"port\": 80, \"unix\": \"/a\", \"address\": \"::\"}",
        [
          ".port: an admin socket has either \"unix\", or an address and a port",
          ".address: an admin socket has either \"unix\", or an address and a port",
        ]
      ),
      (
        "{\"unix\": \"admin.sock\"}",
        [".unix: the string \"admin.sock\" is not an absolute path (a string that starts with /)"]
      ),
      ("{\"unix\": null}", [".unix: null is not an absolute path (a string that starts with /)"]),
      ("{\"unix\": \"/a\\u0000b\"}", [".unix: \"/a\\u0000b\" contains a NUL, which a path cannot contain"]),
    ] as [(String, [String])])
  func refusals(value: String, lines: [String]) {
    #expect(refusal(of: "{\"admin\": \(value), \(Self.listeners)}") == lines.map { "e.json: admin\($0)" })
  }

  @Test(
    "reads the names that it answers to",
    arguments: [
      ("[]", []), (#"["echo-server", "a_b.Example.org."]"#, ["echo-server", "a_b.Example.org."]),
    ] as [(String, [String])])
  func hosts(value: String, hosts: [String]) throws {
    let text = "{\"admin\": {\"hosts\": \(value)}, \(Self.listeners)}"
    #expect(try Configuration.read(Array(text.utf8)).admin?.hosts == hosts)
  }

  @Test(
    "refuses what is not a host name",
    arguments: ["", "echo-server:8080", "http://a", "*.example.org", "a b", "a/b", "bücher.example", "a\\n"])
  func wrongHosts(host: String) throws {
    let line = try #require(
      refusal(of: "{\"admin\": {\"hosts\": [\"a\", \"\(host)\"]}, \(Self.listeners)}").first)
    #expect(line.hasPrefix("e.json: admin.hosts[1]: \""))
    #expect(line.contains("is not a host name (1 to 253 of the characters"))
  }

  @Test("refuses names for a Unix socket, and too many of them")
  func hostsInVain() {
    #expect(
      refusal(of: "{\"admin\": {\"unix\": \"/a\", \"hosts\": []}, \(Self.listeners)}") == [
        "e.json: admin.hosts: a Unix socket answers to every name, so it has no \"hosts\""
      ])
    let names = Array(repeating: "\"a\"", count: 65).joined(separator: ",")
    #expect(
      refusal(of: "{\"admin\": {\"hosts\": [\(names)]}, \(Self.listeners)}") == [
        "e.json: admin.hosts: a list of host names has 0 to 64 elements; this one has 65"
      ])
  }

  @Test("accepts a path of 107 bytes, but not of 108")
  func pathLength() {
    let path = "/" + String(repeating: "é", count: 53)
    #expect(refusal(of: "{\"admin\": {\"unix\": \"\(path)\"}, \(Self.listeners)}") == [])
    #expect(
      refusal(of: "{\"admin\": {\"unix\": \"\(path)a\"}, \(Self.listeners)}")
        == ["e.json: admin.unix: \"\(path)a\" is 108 bytes long; a Unix socket's path can have at most 107"])
  }
}
