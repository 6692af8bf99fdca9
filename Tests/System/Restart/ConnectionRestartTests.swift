import Addresses
import Glibc
import Testing
import TestSupport

@Suite("A TCP connection across a restart of echod")
struct ConnectionRestartTests {
  private static let file = """
    { "admin": { "port": 0 }, "drainSeconds": 1,
      "listeners": [{ "name": "t", "transport": "tcp", "port": 0 }] }
    """

  @Test("is answered afterwards, and so is what it sent while no echod ran")
  func quiet() async throws {
    try await StoringManager.with(Self.file) { manager in
      let client = try await manager.run { try await $0.knownClient(of: "t") }
      try await client.send(Array("between".utf8))
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await client.text(ofBytes: 7) == "between")
        #expect(try await client.echo(of: "after") == "after")
        #expect(try await daemon.stats().restored == Stats.Restored(connections: 1, sockets: 2, lost: 0))
      }
      #expect(try await client.receiveToEnd() == [])
    }
  }

  @Test("goes on after five restarts")
  func repeatedly() async throws {
    try await StoringManager.with(Self.file) { manager in
      let client = try await manager.run { try await $0.knownClient(of: "t") }
      for number in 1...5 {
        let clients = try await manager.run { daemon in
          #expect(try await client.echo(of: "restart \(number)") == "restart \(number)")
          return try await daemon.figures(of: "t").clients
        }
        #expect(clients == Stats.Clients(current: 1, total: 1))
      }
    }
  }

  @Test("goes on among so many others that one message cannot carry them", arguments: [1, 2])
  func many(queues: Int) async throws {
    let count = 600
    let file = Self.file.replacing(#""port": 0 }]"#, with: #""port": 0, "queues": \#(queues) }]"#)
    try await StoringManager.with(file) { manager in
      let clients = try await manager.run { daemon in
        try await (0..<count).asyncMap { _ in try await daemon.knownClient(of: "t") }
      }
      #expect(manager["echod-connections"].count < 10)
      try await manager.run(thenBy: .stop) { daemon in
        let answered = try await clients.asyncMap { try await $0.echo(of: "after") == "after" }
        #expect(answered.count { $0 } == count)
        #expect(try await daemon.stats().restored?.connections == count)
        #expect(try await daemon.figures(of: "t").clients == Stats.Clients(current: count, total: count))
      }
    }
  }

  @Test("that is made while no echod runs waits, and is answered")
  func connectsBetween() async throws {
    try await StoringManager.with(Self.file) { manager in
      let port = try await manager.run { try $0.port(of: "t") }
      let clients = try (0..<3).map { _ in try PlainSocket(connectedTo: .local(port)) }
      for client in clients { try await client.send(Array("early".utf8)) }
      try await manager.run(thenBy: .stop) { daemon async throws in
        for client in clients { #expect(try await client.text(ofBytes: 5) == "early") }
        #expect(try daemon.port(of: "t") == port)
      }
    }
  }

  @Test("that its client ends meanwhile is answered to the end, and its client counts as gone")
  func endsBetween() async throws {
    try await StoringManager.with(Self.file) { manager in
      var clients = try await manager.run { daemon in
        try await (0..<3).asyncMap { _ in try await daemon.knownClient(of: "t") }
      }
      let (polite, gone) = (clients[0], clients[1])
      try await polite.send(Array("last".utf8))
      for client in [polite, gone] { client.shutdownSending() }
      clients[2].resetOnClose()
      clients.removeLast()
      try await manager.run(thenBy: .stop) { daemon in
        #expect(try await String(decoding: polite.receiveToEnd(), as: UTF8.self) == "last")
        #expect(try await gone.receiveToEnd() == [])
        let areGone = try await eventually { try await daemon.figures(of: "t").clients.current == 0 }
        #expect(areGone)
        let figures = try await daemon.figures(of: "t")
        #expect(figures.clients.total == 3 && figures.dropped.total == 0)
      }
    }
  }

  @Test("that does not read its replies gets all of them afterwards")
  func unread() async throws {
    try await StoringManager.with(Self.file) { manager in
      let message = noise(8 << 20)
      let (client, sent) = try await manager.run { daemon in
        let client = try daemon.connect(to: "t")
        var sent = 0
        let isStalled = await eventually {
          let more = client.sendWhatFits(of: message[sent...])
          sent += more
          return more == 0
        }
        #expect(isStalled)
        return (client, sent)
      }
      try await manager.run(thenBy: .stop) { daemon in
        async let received = client.receive(exactly: message.count)
        try await client.send(Array(message[sent...]))
        let isWhole = try await received.isSame(as: message)
        #expect(isWhole)
        #expect(try await daemon.stats().restored?.lost == 0)
        let isCounted = try await eventually { try await daemon.figures(of: "t").bytes.sent == message.count }
        #expect(isCounted)
      }
    }
  }

  @Test("counts towards the limits of its listener and its address")
  func limits() async throws {
    let file = """
      { "admin": { "port": 0 }, "listeners": [
        { "name": "all", "transport": "tcp", "port": 0, "maxConnections": 2 },
        { "name": "each", "transport": "tcp", "port": 0, "maxConnectionsPerClient": 2 }] }
      """
    try await StoringManager.with(file) { manager in
      let clients = try await manager.run { daemon in
        try await ["all", "all", "each", "each"].asyncMap { try await daemon.knownClient(of: $0) }
      }
      try await manager.run(thenBy: .stop) { daemon in
        for listener in ["all", "each"] {
          #expect(try await daemon.connect(to: listener).receiveToEnd() == [])
        }
        for client in clients { #expect(try await client.echo(of: "after") == "after") }
        for client in clients { client.shutdownSending() }
        for listener in ["all", "each"] {
          let isFree = try await eventually { try await daemon.figures(of: listener).clients.current == 0 }
          #expect(isFree)
          #expect(try await daemon.knownClient(of: listener).echo(of: "next") == "next")
        }
      }
    }
  }

  @Test("is closed when it has been idle for as long as its listener permits, the restart included")
  func idle() async throws {
    let file = """
      { "admin": { "port": 0 },
        "listeners": [{ "name": "t", "transport": "tcp", "port": 0, "idleTimeoutSeconds": 2 }] }
      """
    try await StoringManager.with(file) { manager in
      let client = try await manager.run { try await $0.knownClient(of: "t") }
      try await manager.run(thenBy: .stop) { daemon async throws in
        #expect(try await client.receiveToEnd() == [])
        #expect(try await daemon.figures(of: "t").clients == Stats.Clients(current: 0, total: 1))
      }
    }
  }
}
