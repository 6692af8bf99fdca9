import Addresses
import Testing
import TestSupport

@Suite("A listener behind nginx")
struct NginxTests {
  private static func file(_ keys: String = "", transport: String = "tcp", service: String = "identify")
    -> String
  {
    """
    { "admin": { "port": 0 },
      "listeners": [{ "name": "l", "transport": "\(transport)", "port": 0, "service": "\(service)",
                      "proxyProtocol": { "from": ["127.0.0.1/32"] }\(keys) }] }
    """
  }

  @Test("names the client that nginx serves, and nginx beside it")
  func identity() async throws {
    try await RunningDaemon.with(Self.file()) { daemon in
      try await ProxyProgram.nginx(before: daemon.endpoint(of: "l")) { frontend, nginx in
        let client = try PlainSocket(connectedTo: frontend)
        let local = try client.localEndpoint()
        let identity = try await Identity.answer(to: "hello", on: client)
        #expect(identity.from == "\(local)" && identity.to == "\(frontend)", nginx.log)
        let via = try #require(identity.via)
        #expect(via.hasPrefix("127.0.0.1:") && via != identity.from)
        #expect(identity.proxy == Identity.Proxy(version: 1, command: "PROXY") && identity.bytes == 5)
        #expect(try await daemon.clients(of: "l").map(\.client) == ["\(local)"])
        let figures = try await daemon.figures(of: "l")
        #expect(figures.messages.received == 1 && figures.dropped.total == 0)
      }
    }
  }

  @Test("denies a client that its access list does not have")
  func access() async throws {
    try await RunningDaemon.with(Self.file(#", "allow": ["192.0.2.0/24"]"#)) { daemon in
      try await ProxyProgram.nginx(before: daemon.endpoint(of: "l")) { frontend, nginx in
        let client = try PlainSocket(connectedTo: frontend)
        try await client.send(Array("hello".utf8))
        #expect(try await client.receiveToEndOrReset() ?? [] == [], nginx.log)
        let figures = try await daemon.figures(of: "l")
        #expect(figures.dropped.denied == 1 && figures.dropped.total == 1)
      }
    }
  }

  // nginx sends a header of version 1 with the first datagram of a client. The specification has no such thing.
  @Test("drops what nginx sends over UDP", arguments: ["each", "first"])
  func datagrams(mode: String) async throws {
    let file = Self.file(transport: "udp", service: "echo")
      .replacing("/32\"]", with: "/32\"], \"datagrams\": \"\(mode)\"")
    try await RunningDaemon.with(file) { daemon in
      let server = try daemon.endpoint(of: "l")
      try await ProxyProgram.nginx(before: server, transport: "udp") { frontend, nginx in
        let client = try PlainSocket(.udp)
        try client.send(Array("hello".utf8), to: frontend)
        let isDropped = try await eventually {
          try await daemon.figures(of: "l").dropped.badProxyHeader == 1
        }
        #expect(isDropped, nginx.log)
        #expect(!client.hasInput())
      }
    }
  }
}
