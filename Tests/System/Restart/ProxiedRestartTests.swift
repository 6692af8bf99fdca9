import Addresses
import Testing
import TestSupport

@Suite("A client that a PROXY header names, across a restart of echod")
struct ProxiedRestartTests {
  private static func file(transport: String, datagrams: String = "") -> String {
    """
    { "admin": { "port": 0 }, "drainSeconds": 1,
      "listeners": [{ "name": "l", "transport": "\(transport)", "port": 0, "service": "identify",
                      "allow": ["192.0.2.0/24"], "proxyProtocol": { "from": ["127.0.0.0/8"]\(datagrams) } }] }
    """
  }
  private static let header = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n"

  private static func second(port: UInt16) throws -> [UInt8] {
    SecondVersion.header(
      from: Endpoint(address: try #require(IPAddress("192.0.2.7")), port: port),
      to: Endpoint(address: try #require(IPAddress("198.51.100.1")), port: 443))
  }

  @Test("stays the client of its connection, for `identify` and in /clients")
  func connection() async throws {
    try await StoringManager.with(Self.file(transport: "tcp")) { manager in
      let (client, before) = try await manager.run { daemon in
        let client = try daemon.connect(to: "l")
        try await client.send(try Self.second(port: 40_000))
        return (client, try await Identity.answer(to: "hello", on: client))
      }
      #expect(before.from == "192.0.2.7:40000" && before.proxy?.version == 2)
      try await manager.run(thenBy: .stop) { daemon in
        #expect(try await Identity.answer(to: "hello", on: client) == before)
        let listed = try await daemon.clients(of: "l")
        #expect(listed == [ListedClient(client: "192.0.2.7:40000", messages: 2, bytes: 10)])
      }
    }
  }

  @Test("is known when the header comes in two parts, before and after", arguments: [0, 1, 6, 20, 44])
  func halfHeader(count: Int) async throws {
    let bytes = Array(Self.header.utf8)
    // On a busy machine a restart may take as long as a header may.
    for _ in 1...5 {
      let answer = try await StoringManager.with(Self.file(transport: "tcp")) { manager in
        let client = try await manager.run { daemon in
          let client = try daemon.connect(to: "l")
          try await client.send(Array(bytes[..<count]))
          // Its queue has read the part before, because it takes connections in their order.
          let other = try daemon.connect(to: "l")
          _ = try await Identity.answer(to: Self.header + "hello", on: other)
          return client
        }
        return try await manager.run(thenBy: .stop) { daemon in
          try await client.send(bytes[count...] + Array("hello".utf8))
          return try await client.receive()
        }
      }
      if answer.isEmpty { continue }
      let identity = try Identity(json: answer)
      #expect(identity.from == "192.0.2.7:40000" && identity.bytes == 5)
      return
    }
    Issue.record("it was closed each time")
  }

  @Test("has to be named in time, the restart included")
  func lateHeader() async throws {
    try await StoringManager.with(Self.file(transport: "tcp")) { manager in
      let client = try await manager.run { daemon in
        let client = try daemon.connect(to: "l")
        try await client.send(Array("PROXY ".utf8))
        return client
      }
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await client.receiveToEnd() == [])
        #expect(try await daemon.figures(of: "l").dropped.badProxyHeader == 1)
      }
    }
  }

  @Test("stays the client of a flow of datagrams whose first one named it")
  func flow() async throws {
    let file = Self.file(transport: "udp", datagrams: #", "datagrams": "first""#)
    let message = [UInt8](repeating: UInt8(ascii: "."), count: 500)
    try await StoringManager.with(file) { manager in
      let flows = try (0..<3).map { _ in try PlainSocket.datagrams() }
      let before = try await manager.run { daemon in
        let server = try daemon.endpoint(of: "l")
        var identities: [Identity] = []
        for (number, flow) in flows.enumerated() {
          let header = try Self.second(port: 40_000 + UInt16(number))
          identities.append(try await Identity.answer(to: header + message, from: flow, at: server))
        }
        return identities
      }
      #expect(before.map(\.from) == (0..<3).map { "192.0.2.7:4000\($0)" })
      try await manager.run(thenBy: .stop) { daemon in
        let server = try daemon.endpoint(of: "l")
        for (flow, identity) in zip(flows, before) {
          #expect(try await Identity.answer(to: message, from: flow, at: server).from == identity.from)
        }
        let figures = try await daemon.figures(of: "l")
        #expect(figures.clients == Stats.Clients(current: 3, total: 3) && figures.dropped.total == 0)
      }
    }
  }
}
