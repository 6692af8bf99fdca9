import EchoCore
import Testing

@testable import echoc

@Suite("A server's endpoint")
struct ServerEndpointTests {
  @Test(
    "is a transport, a host and a port",
    arguments: [
      ("udp://127.0.0.1:12000", Transport.udp, "127.0.0.1", 12000),
      ("tcp://localhost:1", .tcp, "localhost", 1),
      ("tcp://echo-1.example.org.:65535", .tcp, "echo-1.example.org.", 65535),
      ("udp://my_host:7", .udp, "my_host", 7),
      ("udp://[::1]:7", .udp, "::1", 7),
      ("tcp://[2001:db8::7]:12000", .tcp, "2001:db8::7", 12000),
      ("tcp://[::ffff:192.0.2.1]:7", .tcp, "::ffff:192.0.2.1", 7),
      ("udp://[fe80::1%eth0.7]:7", .udp, "fe80::1%eth0.7", 7),
      ("UDP://LocalHost:7", .udp, "LocalHost", 7), ("Tcp://[::1]:7", .tcp, "::1", 7),
    ])
  func parts(text: String, transport: Transport, host: String, port: UInt16) throws {
    let endpoint = try ServerEndpoint(text)
    #expect(endpoint.transport == transport)
    #expect(endpoint.host == host)
    #expect(endpoint.port == port)
  }

  @Test(
    "says what is wrong with a text that is not an endpoint",
    arguments: [
      ("", ServerEndpoint.SyntaxError.notAnEndpoint), ("localhost:7", .notAnEndpoint),
      ("http://localhost:7", .notAnEndpoint), ("udp:localhost:7", .notAnEndpoint),
      ("udp://", .notAnEndpoint), ("udp://localhost", .notAnEndpoint), ("udp://[::1]", .notAnEndpoint),
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
      ("udp://[::1:7", .notAHost("[::1")), ("udp://fe80::1%eth0:7", .notAHost("fe80::1%eth0")),
      ("udp://::1:7", .missingBrackets("::1")), ("tcp://2001:db8::1:7", .missingBrackets("2001:db8::1")),
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
