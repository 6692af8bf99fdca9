import Addresses
@testable import EchoCore
import EchoServer
import Testing
import TestSupport

@Suite("A server")
struct EchoServerTests {
  @Test("starts all listeners or none, and says which could not be bound, where and why")
  func allOrNothing() async throws {
    let taken = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let port = try taken.localEndpoint().port
    try await ServerUnderTest.with([.test(.udp)]) { echod in
      var first = ListenerConfiguration.test(.tcp, name: "first")
      first.port = freePort()
      var second = ListenerConfiguration.test(.udp, name: "second")
      second.port = port
      let error = await #expect(throws: StartError.self) {
        try await echod.server.apply(Configuration(admin: nil, drainSeconds: 1, listeners: [first, second]))
      }
      #expect(
        error?.description == "listener second: cannot bind udp 127.0.0.1:\(port): Address already in use")
      // Nobody listens where the first one would have been, and the old listener serves on.
      #expect(throws: PlainSocket.Failure.self) {
        try PlainSocket(connectedTo: Endpoint(address: .loopbackIPv4, port: first.port))
      }
      let client = try PlainSocket(.udp)
      try await client.send([1], to: echod.endpoint("udp"))
      #expect(try await client.receiveDatagram().bytes == [1])
      #expect(await echod.server.snapshot().state == .running)
    }
  }

  @Test(
    "is told apart from another process's listener on its port, whatever the number of queues",
    arguments: [1, 4])
  func foreignPort(queues: Int) async throws {
    for transport in Transport.allCases {
      try await ServerUnderTest.with([.test(transport, name: "l") { $0.queues = queues }]) { first in
        var same = ListenerConfiguration.test(transport, name: "l") { $0.queues = queues }
        same.port = try await first.endpoint("l").port
        await #expect(throws: StartError.self) { try await ServerUnderTest.with([same]) { _ in } }
      }
    }
  }

  @Test("keeps what did not change over a reload: sockets, connections and statistics")
  func reloadKeeps() async throws {
    let tcp = ListenerConfiguration.test(.tcp)
    let udp = ListenerConfiguration.test(.udp)
    try await ServerUnderTest.with([tcp, udp]) { echod in
      let before = try await echod.endpoint("tcp")
      let client = try await echod.connect("tcp")
      try await client.send(Array("one".utf8))
      _ = try await client.receive(exactly: 3)
      let added = ListenerConfiguration.test(.tcp, name: "added")
      try await echod.apply([added, tcp])
      #expect(try await echod.endpoint("tcp") == before)
      try await client.send(Array("two".utf8))
      #expect(try await client.receive(exactly: 3) == Array("TWO".utf8))
      let statistics = try await echod.statistics("tcp")
      #expect(
        statistics[.messagesReceived] == 2 && statistics[.clientsTotal] == 1
          && statistics[.clientsCurrent] == 1)
      let names = await echod.server.snapshot().listeners.map(\.configuration.name)
      #expect(names == ["added", "tcp"])
    }
  }

  @Test("hands the socket of a changed listener over, and its statistics go on")
  func reloadChanges() async throws {
    var listener = ListenerConfiguration.test(.udp, .uppercase)
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      try client.send(Array("hello".utf8), to: server)
      #expect(try await client.receiveDatagram().bytes == Array("HELLO".utf8))
      listener.service = "echo"
      try await echod.apply([listener])
      #expect(try await echod.endpoint("udp") == server)
      try client.send(Array("hello".utf8), to: server)
      #expect(try await client.receiveDatagram().bytes == Array("hello".utf8))
      #expect(try await echod.statistics("udp")[.messagesSent] == 2)
    }
  }

  @Test("finishes the connections of a changed listener: replies go home, then its end")
  func reloadFinishesConnections() async throws {
    var listener = ListenerConfiguration.test(.tcp, .uppercase)
    try await ServerUnderTest.with([listener]) { echod in
      let client = try await echod.connect("tcp")
      // One that is still waiting to be accepted belongs to the new listener.
      #expect(try await echod.statistics("tcp")[.clientsCurrent] == 1)
      try await client.send(Array("hello".utf8))
      listener.service = "echo"
      try await echod.apply([listener])
      #expect(try await client.receiveToEnd() == Array("HELLO".utf8))
      let next = try await echod.connect("tcp")
      try await next.send(Array("hello".utf8))
      #expect(try await next.receive(exactly: 5) == Array("hello".utf8))
      #expect(try await eventually { try await echod.statistics("tcp")[.clientsCurrent] == 1 })
      #expect(try await echod.statistics("tcp")[.messagesSent] == 2)
    }
  }

  @Test("changes the number of queues under a client's feet", arguments: [(1, 3), (3, 1), (2, 4)])
  func reloadQueues(before: Int, after: Int) async throws {
    for transport in Transport.allCases {
      var listener = ListenerConfiguration.test(transport, name: "l") { $0.queues = before }
      try await ServerUnderTest.with([listener]) { echod in
        let server = try await echod.endpoint("l")
        listener.queues = after
        try await echod.apply([listener])
        #expect(try await echod.endpoint("l") == server)
        for _ in 0..<16 {
          #expect(try await Self.answer(to: "hello", from: server, over: transport) == "HELLO")
        }
      }
    }
  }

  @Test("moves from one address to every address, on the same port")
  func reloadWidens() async throws {
    for transport in Transport.allCases {
      var listener = ListenerConfiguration.test(transport, name: "l")
      listener.port = freePort()
      try await ServerUnderTest.with([listener]) { echod in
        listener.address = .anyIPv6
        try await echod.apply([listener])
        for address in ["127.0.0.1", "127.0.0.2", "::1"] {
          let server = try await echod.endpoint("l", on: address)
          #expect(try await Self.answer(to: "hello", from: server, over: transport) == "HELLO")
        }
      }
    }
  }

  @Test("changes nothing when a reload cannot bind")
  func failedReload() async throws {
    let listener = ListenerConfiguration.test(.tcp, .uppercase)
    try await ServerUnderTest.with([listener]) { echod in
      let client = try await echod.connect("tcp")
      let taken = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
      var changed = listener
      changed.service = "echo"
      var impossible = ListenerConfiguration.test(.udp, name: "impossible")
      impossible.port = try taken.localEndpoint().port
      await #expect(throws: StartError.self) { try await echod.apply([changed, impossible]) }
      try await client.send(Array("hello".utf8))
      #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
      #expect(try await Self.answer(to: "hello", from: echod.endpoint("tcp"), over: .tcp) == "HELLO")
      #expect(await echod.server.snapshot().state == .running)
    }
  }

  @Test("remembers in the totals what a listener counted that is gone")
  func departedFigures() async throws {
    let tcp = ListenerConfiguration.test(.tcp)
    try await ServerUnderTest.with([tcp, .test(.udp)]) { echod in
      let client = try PlainSocket(.udp)
      try await client.send([1, 2, 3], to: echod.endpoint("udp"))
      _ = try await client.receiveDatagram()
      try await echod.apply([tcp])
      let snapshot = try await echod.snapshot()
      #expect(snapshot.listeners.map(\.configuration.name) == ["tcp"])
      #expect(snapshot.totals[.messagesSent] == 1 && snapshot.totals[.bytesSent] == 3)
    }
  }

  @Test("stops with every reply sent that was asked for, and its own end after them")
  func stop() async throws {
    try await ServerUnderTest.with([.test(.tcp), .test(.udp)]) { echod in
      let idle = try await echod.connect("tcp")
      let client = try await echod.connect("tcp")
      let datagrams = try PlainSocket(.udp)
      try await client.send(Array("hello".utf8))
      try await datagrams.send(Array("hello".utf8), to: echod.endpoint("udp"))
      await echod.server.stop()
      #expect(try await client.receiveToEnd() == Array("HELLO".utf8))
      #expect(try await idle.receiveToEnd().isEmpty)
      #expect(try await datagrams.receiveDatagram().bytes == Array("HELLO".utf8))
      #expect(try await echod.snapshot().totals[.clientsCurrent] == 0)
    }
  }

  @Test("lets a slow reader take what it asked for while it drains")
  func drain() async throws {
    try await ServerUnderTest.with([.test(.tcp, .echo)], drainSeconds: 60) { echod in
      let client = try await echod.connect("tcp")
      let chunk = noise(32_768)
      var sent = 0
      let isStalled = try await eventually {
        try await client.send(chunk)
        sent += chunk.count
        // A drain owes a reply only for what has left the client's own buffer.
        let isReceived = await eventually { client.isAcknowledged }
        try #require(isReceived)
        let statistics = try await echod.statistics("tcp")
        return statistics[.messagesSent] < statistics[.messagesReceived]
      }
      try #require(isStalled)
      let server = echod.server
      async let stopped: Void = server.stop()
      let expected = sent
      let received = try await client.receive(exactly: expected)
      #expect(received.count == sent)
      client.shutdownSending()
      #expect(try await client.receive().isEmpty)
      await stopped
    }
  }

  @Test("waits for nobody when it may not drain")
  func noDrain() async throws {
    try await ServerUnderTest.with([.test(.tcp, .echo)], drainSeconds: 0) { echod in
      let client = try await echod.connect("tcp")
      _ = client.sendWhileItFits(noise(65_536))
      await echod.server.stop()
      #expect(try await echod.snapshot().totals[.clientsCurrent] == 0)
    }
  }

  private static func answer(to text: String, from server: Endpoint, over transport: Transport) async throws
    -> String
  {
    switch transport {
    case .udp:
      let client = try PlainSocket(.udp, isIPv6: !server.address.isIPv4)
      try client.send(Array(text.utf8), to: server)
      return String(decoding: try await client.receiveDatagram().bytes, as: UTF8.self)
    case .tcp:
      let client = try PlainSocket(connectedTo: server)
      try await client.send(Array(text.utf8))
      return String(decoding: try await client.receive(exactly: text.utf8.count), as: UTF8.self)
    }
  }
}
