import Addresses
import Glibc
import Testing
import TestSupport

@Suite("The figures of echod across a restart")
struct FiguresRestartTests {
  private static func file(listeners: [String] = ["t", "u"], allow: String = "127.0.0.1/32") -> String {
    let texts = listeners.map { name in
      let transport = name.hasPrefix("t") ? "tcp" : "udp"
      return #"{ "name": "\#(name)", "transport": "\#(transport)", "port": 0, "allow": ["\#(allow)"] }"#
    }
    return #"{ "admin": { "port": 0 }, "drainSeconds": 1, "listeners": [\#(texts.joined(separator: ", "))] }"#
  }

  /// Makes some, and returns a client that stays.
  private static func makeFigures(on daemon: RunningDaemon) async throws -> PlainSocket {
    let stranger = try PlainSocket.datagrams(from: IPAddress(v4: 0x7F00_0002))
    try stranger.send([1], to: daemon.endpoint(of: "u"))
    _ = try await PlainSocket.datagrams().echo(of: "hello", from: daemon.endpoint(of: "u"))
    let client = try await daemon.knownClient(of: "t")
    _ = try await daemon.knownClient(of: "t").echo(of: "bye")
    let isGone = try await eventually { try await daemon.figures(of: "t").clients.current == 1 }
    try #require(isGone)
    return client
  }

  @Test("go on where they were, but with the start time of the new process")
  func goOn() async throws {
    try await StoringManager.with(Self.file()) { manager in
      let (client, before) = try await manager.run { daemon in
        let client = try await Self.makeFigures(on: daemon)
        // Otherwise both could start in the same second.
        let isOlder = try await eventually { try await daemon.stats().uptimeSeconds > 1.1 }
        #expect(isOlder)
        return (client, try await daemon.stats())
      }
      #expect(before.restored == nil || before.restored == .init(connections: 0, sockets: 0, lost: 0))
      #expect(before.totals.dropped == 1 && before.totals.clients == .init(current: 2, total: 3))
      let begin = ContinuousClock.now
      try await manager.run(thenBy: .stop) { daemon in
        let after = try await daemon.stats()
        #expect(after.totals == before.totals)
        #expect(after.listeners == before.listeners)
        #expect(after.startedAt > before.startedAt)
        #expect(.seconds(after.uptimeSeconds) < ContinuousClock.now - begin)
        #expect(after.restored == .init(connections: 1, sockets: 3, lost: 0))
        #expect(try await client.echo(of: "more") == "more")
        let messages = try await daemon.figures(of: "t").messages
        #expect(messages.received == before.totals.messages.received - 1)
      }
    }
  }

  @Test("do not shrink when a reload before or the restart itself removes a listener")
  func removed() async throws {
    try await StoringManager.with(Self.file(listeners: ["t", "u", "u2", "t2"])) { manager in
      let before = try await manager.run { daemon in
        _ = try await Self.makeFigures(on: daemon)
        _ = try await daemon.knownClient(of: "t2")
        _ = try await PlainSocket.datagrams().echo(of: "hello", from: daemon.endpoint(of: "u2"))
        let totals = try await daemon.stats().totals
        try manager.configure(Self.file(listeners: ["t", "u", "t2"]))
        daemon.program.signal(SIGHUP)
        _ = try await daemon.program.line(on: .errors) { $0.contains(" was read again") }
        #expect(try await daemon.stats().totals.messages == totals.messages)
        #expect(!manager.names.contains("echod-listener-u2"))
        return totals
      }
      try manager.configure(Self.file(listeners: ["t", "u"]))
      for _ in 0..<2 {
        let after = try await manager.run { try await $0.stats().totals }
        #expect(after.messages == before.messages && after.bytes == before.bytes)
        #expect(after.clients.total == before.clients.total && after.dropped == before.dropped)
      }
    }
  }

  @Test("count what was denied before and after")
  func drops() async throws {
    try await StoringManager.with(Self.file()) { manager in
      let stranger = try PlainSocket.datagrams(from: IPAddress(v4: 0x7F00_0002))
      for number in 1...3 {
        try await manager.run { daemon in
          try stranger.send([1], to: daemon.endpoint(of: "u"))
          let isDenied = try await eventually { try await daemon.figures(of: "u").dropped.denied == number }
          #expect(isDenied)
        }
      }
    }
  }

  @Test("are sent after the restart, for a request that came while no echod ran")
  func waitingRequest() async throws {
    try await StoringManager.with(Self.file()) { manager in
      let admin = try await manager.run { try $0.adminEndpoint() }
      #expect(manager["echod-admin"].count == 1)
      let answer = Task { try await HTTPClient.get("/stats", from: admin) }
      try await manager.run(thenBy: .stop) { daemon in
        #expect(try daemon.adminEndpoint() == admin)
        let stats = try await Stats(json: answer.value)
        #expect(stats.restored?.lost == 0)
      }
    }
  }
}
