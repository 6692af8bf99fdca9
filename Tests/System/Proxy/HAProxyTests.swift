import Addresses
import Testing
import TestSupport

@Suite("An identify listener behind HAProxy")
struct HAProxyTests {
  /// The options of HAProxy's server, and what they put into the header.
  struct Sending: Sendable, CustomTestStringConvertible {
    var options: String
    var version: Int
    var hasUniqueID = false

    var testDescription: String { options }
  }

  private static let sendings = [
    Sending(options: "send-proxy", version: 1),
    Sending(options: "send-proxy-v2", version: 2),
    Sending(options: "send-proxy-v2 proxy-v2-options crc32c", version: 2),
    Sending(options: "send-proxy-v2 proxy-v2-options crc32c,unique-id", version: 2, hasUniqueID: true),
  ]

  private static func file(_ keys: String = "", from: String = "127.0.0.0/8") -> String {
    """
    { "admin": { "port": 0 },
      "listeners": [{ "name": "l", "transport": "tcp", "port": 0, "service": "identify",
                      "proxyProtocol": { "from": ["\(from)"] }\(keys) }] }
    """
  }

  @Test("names the client that HAProxy serves, and HAProxy beside it", arguments: sendings)
  func identity(sending: Sending) async throws {
    try await RunningDaemon.with(Self.file()) { daemon in
      let server = try daemon.endpoint(of: "l")
      try await ProxyProgram.haproxy(before: server, sending.options) { frontend, haproxy in
        let client = try PlainSocket(connectedTo: frontend)
        let local = try client.localEndpoint()
        let uniqueID = "id-of-\(local.port)".utf8.map { String($0, radix: 16) }.joined()
        for message in ["hello", "again, longer"] {
          let identity = try await Identity.answer(to: message, on: client)
          #expect(identity.from == "\(local)" && identity.to == "\(frontend)", haproxy.log)
          let via = try #require(identity.via)
          #expect(via.hasPrefix("127.0.0.1:") && via != identity.from && via != identity.to)
          let proxy = Identity.Proxy(
            version: sending.version, command: "PROXY", uniqueId: sending.hasUniqueID ? uniqueID : nil)
          #expect(identity.proxy == proxy)
          #expect(identity.listener == "l" && identity.transport == "tcp")
          #expect(identity.bytes == message.utf8.count)
        }
        #expect(try await daemon.clients(of: "l").map(\.client) == ["\(local)"])
        let figures = try await daemon.figures(of: "l")
        #expect(figures.messages.received == 2 && figures.bytes.received == 18)
        #expect(figures.clients.total == 1 && figures.dropped.total == 0)
      }
    }
  }

  @Test("has the access list of the clients, not of HAProxy")
  func access() async throws {
    let keys = #", "allow": ["127.0.0.2/32"]"#
    try await RunningDaemon.with(Self.file(keys, from: "127.0.0.3/32")) { daemon in
      let options = "send-proxy-v2 source 127.0.0.3"
      try await ProxyProgram.haproxy(before: daemon.endpoint(of: "l"), options) { frontend, haproxy in
        let client = try Self.client(at: IPAddress("127.0.0.2"), of: frontend)
        let identity = try await Identity.answer(to: "hello", on: client)
        let local = try client.localEndpoint()
        #expect(identity.from == "\(local)", haproxy.log)
        #expect(try #require(identity.via).hasPrefix("127.0.0.3:"))

        let stranger = try Self.client(at: IPAddress("127.0.0.3"), of: frontend)
        try await stranger.send(Array("hello".utf8))
        #expect(try await stranger.receiveToEndOrReset() ?? [] == [])
        let figures = try await daemon.figures(of: "l")
        #expect(figures.dropped.denied == 1 && figures.dropped.total == 1)
        #expect(figures.messages.received == 1 && figures.clients.total == 1)
      }
    }
  }

  @Test("gives nothing to HAProxy unless it is a listed proxy")
  func unlistedProxy() async throws {
    try await RunningDaemon.with(Self.file(from: "127.0.0.3/32")) { daemon in
      try await ProxyProgram.haproxy(before: daemon.endpoint(of: "l"), "send-proxy-v2") { frontend, haproxy in
        let client = try PlainSocket(connectedTo: frontend)
        try await client.send(Array("hello".utf8))
        #expect(try await client.receiveToEndOrReset() ?? [] == [], haproxy.log)
        let figures = try await daemon.figures(of: "l")
        #expect(figures.dropped.denied == 1 && figures.dropped.total == 1)
        #expect(figures.messages.received == 0 && figures.clients.total == 0)
      }
    }
  }

  @Test("does not take HAProxy's checks for wrong headers", arguments: ["send-proxy", "send-proxy-v2"])
  func checks(sending: String) async throws {
    try await RunningDaemon.with(Self.file()) { daemon in
      // The interval is the timeout of a check too. HAProxy connects no client to a server that failed too often.
      let options = "\(sending) check inter 500ms fall 100000"
      try await ProxyProgram.haproxy(before: daemon.endpoint(of: "l"), options) { frontend, haproxy in
        // A check has no client, so it counts as one of HAProxy's own.
        #expect(try await eventually { try await daemon.figures(of: "l").clients.total >= 5 }, haproxy.log)
        let client = try PlainSocket(connectedTo: frontend)
        let local = try client.localEndpoint()
        #expect(try await Identity.answer(to: "hello", on: client).from == "\(local)")
        #expect(try await daemon.figures(of: "l").dropped.total == 0)
      }
    }
  }

  @Test("shows the host name and the protocol that a client asked for over TLS")
  func tls() async throws {
    try await RunningDaemon.with(Self.file(#", "closeAfterReply": true"#)) { daemon in
      try await TemporaryDirectory.with { directory in
        let openssl = "/usr/bin/openssl"
        let request =
          "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=echo.example"
        let certificate = try await RunningProgram.run(
          openssl,
          request.split(separator: " ").map(String.init)
            + ["-keyout", "\(directory)/both.pem.key", "-out", "\(directory)/both.pem"])
        try #require(certificate.ending == .exit(0), "\(certificate.errors)")
        let options = "send-proxy-v2 proxy-v2-options authority,ssl,crc32c"
        let bind = "ssl crt \(directory)/both.pem alpn h2,http/1.1"
        let server = try daemon.endpoint(of: "l")
        try await ProxyProgram.haproxy(before: server, options, bind: bind) { frontend, haproxy in
          let client =
            "s_client -quiet -bind 127.0.0.4 -connect \(frontend) -servername echo.example -alpn http/1.1"
          let outcome = try await RunningProgram.run(
            openssl, client.split(separator: " ").map(String.init), input: "hello\n".utf8)
          let identity = try Identity(json: outcome.output)
          #expect(identity.from.hasPrefix("127.0.0.4:") && identity.to == "\(frontend)", haproxy.log)
          let proxy = Identity.Proxy(
            version: 2, command: "PROXY", authority: "echo.example", alpn: "http/1.1")
          #expect(identity.proxy == proxy && identity.bytes == 6)
        }
      }
    }
  }

  private static func client(at address: IPAddress?, of server: Endpoint) throws -> PlainSocket {
    let client = try PlainSocket(.tcp, boundTo: Endpoint(address: #require(address), port: 0))
    try client.connect(to: server)
    return client
  }
}
