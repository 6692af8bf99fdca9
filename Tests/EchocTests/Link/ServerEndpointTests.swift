import ArgumentParser
import EchoCore
import Testing

@testable import echoc

@Suite("A server's endpoint")
struct ServerEndpointTests {
  @Test(
    "is a scheme, a host and a port",
    arguments: [
      ("udp://127.0.0.1:12000", ServerEndpoint.Scheme.udp, "127.0.0.1", 12000),
      ("tcp://localhost:1", .tcp, "localhost", 1),
      ("tcp://echo-1.example.org.:65535", .tcp, "echo-1.example.org.", 65535),
      ("udp://my_host:7", .udp, "my_host", 7),
      ("udp://[::1]:7", .udp, "::1", 7),
      ("tcp://[2001:db8::7]:12000", .tcp, "2001:db8::7", 12000),
      ("tcp://[::ffff:192.0.2.1]:7", .tcp, "::ffff:192.0.2.1", 7),
      ("udp://[fe80::1%eth0.7]:7", .udp, "fe80::1%eth0.7", 7),
      ("UDP://LocalHost:7", .udp, "LocalHost", 7), ("Tcp://[::1]:7", .tcp, "::1", 7),
      ("stamp://192.0.2.1:1862", .stamp, "192.0.2.1", 1862), ("localhost:12000", .udp, "localhost", 12000),
      ("[::1]:8", .udp, "::1", 8), ("tcp.example:9", .udp, "tcp.example", 9),
    ])
  func parts(text: String, scheme: ServerEndpoint.Scheme, host: String, port: UInt16) throws {
    let endpoint = try ServerEndpoint(text)
    #expect(endpoint.scheme == scheme)
    #expect(endpoint.host == host)
    #expect(endpoint.port == port)
  }

  @Test(
    "is of UDP without a scheme, and has the scheme's usual port without one",
    arguments: [
      ("localhost", "udp://localhost:7"), ("192.0.2.1", "udp://192.0.2.1:7"), ("udp", "udp://udp:7"),
      ("tcp://localhost", "tcp://localhost:7"), ("STAMP://reflector", "stamp://reflector:862"),
      ("::1", "udp://[::1]:7"), ("[::1]", "udp://[::1]:7"), ("::", "udp://[::]:7"),
      ("fe80::1%eth0", "udp://[fe80::1%eth0]:7"), ("[fe80::1%eth0]", "udp://[fe80::1%eth0]:7"),
      ("tcp://2001:db8::1", "tcp://[2001:db8::1]:7"), ("stamp://::1", "stamp://[::1]:862"),
      // What could be a port is the end of the address.
      ("2001:db8::1:7", "udp://[2001:db8::1:7]:7"), ("udp://::1:7", "udp://[::1:7]:7"),
    ])
  func shortForms(text: String, full: String) throws {
    #expect(try ServerEndpoint(text).description == full)
    #expect(try ServerEndpoint(full) == ServerEndpoint(text))
  }

  @Test("is reached by datagrams over UDP and for STAMP")
  func transports() throws {
    #expect(try ServerEndpoint("h").transport == .udp && ServerEndpoint("stamp://h").transport == .udp)
    #expect(try ServerEndpoint("tcp://h").transport == .tcp)
  }

  @Test("is refused by commands that cannot use STAMP")
  func stamp() throws {
    #expect(throws: ValidationError.self) { try ServerEndpoint("stamp://h").refuseStamp(for: "talk") }
    #expect(throws: Never.self) { try ServerEndpoint("tcp://h").refuseStamp(for: "talk") }
  }

  @Test(
    "says what is wrong with a text that is not an endpoint",
    arguments: [
      ("", ServerEndpoint.SyntaxError.notAHost("")), ("udp://", .notAHost("")), ("[", .notAHost("[")),
      ("http://localhost:7", .notAScheme("http")), ("://localhost", .notAScheme("")),
      ("udp:localhost:7", .notAHost("udp:localhost")), ("udp://[::1]7", .notAHost("[::1]7")),
      ("udp://localhost:", .notAPort("")), ("udp://localhost:0", .notAPort("0")),
      ("udp://localhost:65536", .notAPort("65536")), ("udp://localhost:-7", .notAPort("-7")),
      ("udp://localhost:+7", .notAPort("+7")), ("udp://localhost:7/", .notAPort("7/")),
      ("udp://localhost:echo", .serviceName("echo")), ("TCP://[::1]:domain-s", .serviceName("domain-s")),
      ("udp://localhost:7a", .notAPort("7a")), ("udp://localhost:échο", .notAPort("échο")),
      ("udp://localhost:99999999999999999999", .notAPort("99999999999999999999")),
      ("udp://:7", .notAHost("")), ("udp://a b:7", .notAHost("a b")),
      ("udp://me@host:7", .notAHost("me@host")),
      ("udp://h\u{0}:7", .notAHost("h\u{0}")), ("udp://höst:7", .notAHost("höst")),
      ("udp://[]:7", .notAHost("[]")), ("udp://[127.0.0.1]:7", .notAHost("[127.0.0.1]")),
      ("udp://[localhost]:7", .notAHost("[localhost]")), ("udp://[fe80::1%]:7", .notAHost("[fe80::1%]")),
      ("udp://[::1%lo]:7", .notAHost("[::1%lo]")), ("udp://[fe80::1%a/b]:7", .notAHost("[fe80::1%a/b]")),
      ("udp://[::1:7", .notAHost("[::1:7")), ("[fe80::1%]", .notAHost("[fe80::1%]")),
      ("fe80::1%eth0:7", .missingBrackets("fe80::1%eth0")), ("::1:12000", .missingBrackets("::1")),
      ("tcp://1:2:3:4:5:6:7:8:9", .missingBrackets("1:2:3:4:5:6:7:8")), ("[::1]:", .notAPort("")),
      ("::1%lo", .notAHost(":")), ("localhost/", .notAHost("localhost/")),
    ])
  func refusals(text: String, error: ServerEndpoint.SyntaxError) {
    #expect(throws: error) { try ServerEndpoint(text) }
  }

  @Test("has a scheme in small letters, however it was written")
  func scheme() throws {
    #expect(try ServerEndpoint("UDP://[::1]:7").description == "udp://[::1]:7")
  }

  @Test("has addresses of one family only, if that is wanted")
  func families() throws {
    let endpoint = try ServerEndpoint("udp://127.0.0.1:7")
    #expect(try endpoint.resolved(.ipv4) == endpoint.resolved())
    let error = try #require(throws: LinkError.self, performing: { try endpoint.resolved(.ipv6) })
    #expect(error.description == "cannot resolve 127.0.0.1: it has no IPv6 address")
  }

  @Test("has the zone of its address, which must be an interface")
  func zones() throws {
    #expect(
      try ServerEndpoint("udp://[fe80::1%lo]:7").resolved().map(\.description) == ["udp [fe80::1%lo]:7"])
    let endpoint = try ServerEndpoint("udp://[fe80::1%nowhere]:7")
    let error = try #require(throws: LinkError.self, performing: { try endpoint.resolved() })
    #expect(error.description == "this machine has no interface nowhere (the zone of fe80::1%nowhere)")
  }

  @Test("has a host of at most 253 bytes")
  func longName() throws {
    let name = String(repeating: "a", count: 254)
    #expect(try ServerEndpoint("udp://\(name.dropLast()):7").host == name.dropLast())
    #expect(throws: ServerEndpoint.SyntaxError.notAHost(name)) { try ServerEndpoint("udp://\(name):7") }
  }
}
