import Addresses
import EchoCore
import Glibc
import Logging
import Sockets
import Testing
import TestSupport

@testable import EchoServer

@Suite("A UDP listener")
struct DatagramQueueTests {
  @Test(
    "sends a datagram of any size back whole, to the port it came from",
    arguments: [0, 1, 1472, 2048, 65_507])
  func sizes(size: Int) async throws {
    try await ServerUnderTest.with([.test(.udp)]) { echod in
      let client = try PlainSocket(.udp)
      client.setReceiveBuffer(1 << 20)
      let message = noise(size)
      let server = try await echod.endpoint("udp")
      try client.send(message, to: server)
      let reply = try await client.receiveDatagram()
      #expect(reply.bytes == inCapitals(message))
      #expect(reply.source == server)
    }
  }

  @Test("sends the largest datagram of IPv6 back whole")
  func largestOverIPv6() async throws {
    try await ServerUnderTest.with([.test(.udp, .echo, on: "::1")]) { echod in
      let client = try PlainSocket(.udp, isIPv6: true)
      client.setReceiveBuffer(1 << 20)
      let message = noise(65_527)
      try await client.send(message, to: echod.endpoint("udp", on: "::1"))
      #expect(try await client.receiveDatagram().bytes == message)
    }
  }

  @Test(
    "answers from the address that was asked",
    arguments: [
      ("0.0.0.0", "127.0.0.1"), ("0.0.0.0", "127.0.0.2"), ("::", "127.0.0.2"), ("::", "::1"),
      ("127.0.0.3", "127.0.0.3"), ("::1", "::1"),
    ])
  func sourceAddress(bound: String, asked: String) async throws {
    try await ServerUnderTest.with([.test(.udp, on: bound)]) { echod in
      let server = try await echod.endpoint("udp", on: asked)
      let client = try PlainSocket(.udp, isIPv6: !server.address.isIPv4)
      try client.send(Array("hello".utf8), to: server)
      let reply = try await client.receiveDatagram()
      #expect(reply.source == server)
      #expect(reply.bytes == Array("HELLO".utf8))
    }
  }

  @Test("answers a crowd, each with its own and in order")
  func manyClients() async throws {
    try await ServerUnderTest.with([.test(.udp, .echo)]) { echod in
      let server = try await echod.endpoint("udp")
      let clients = try (0..<50).map { _ in try PlainSocket(.udp) }
      for round in 0..<3 {
        for (number, client) in clients.enumerated() {
          try client.send(Array("\(round) \(number)".utf8), to: server)
        }
      }
      for round in 0..<3 {
        for (number, client) in clients.enumerated() {
          #expect(try await client.receiveDatagram().bytes == Array("\(round) \(number)".utf8))
        }
      }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.messagesReceived] == 150 && statistics[.messagesSent] == 150)
      #expect(statistics[.clientsCurrent] == 50 && statistics[.clientsTotal] == 50)
    }
  }

  @Test("counts exactly what was sent and answered, the moment after")
  func exactFigures() async throws {
    try await ServerUnderTest.with([.test(.udp)]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      for count in 1...20 {
        try client.send(Array("message".utf8), to: server)
        _ = try await client.receiveDatagram()
        let statistics = try await echod.statistics("udp")
        #expect(statistics[.messagesReceived] == UInt64(count) && statistics[.messagesSent] == UInt64(count))
        #expect(
          statistics[.bytesReceived] == UInt64(7 * count) && statistics[.bytesSent] == UInt64(7 * count))
        #expect(statistics[.clientsCurrent] == 1 && statistics[.clientsTotal] == 1)
      }
    }
  }

  @Test("takes everything and answers nothing when it discards, and still counts the moment after")
  func discard() async throws {
    try await ServerUnderTest.with([.test(.udp, .discard)]) { echod in
      let client = try PlainSocket(.udp)
      let server = try await echod.endpoint("udp")
      for _ in 0..<10 { try client.send([1, 2, 3], to: server) }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.messagesReceived] == 10 && statistics[.bytesReceived] == 30)
      #expect(statistics[.messagesSent] == 0 && statistics[.bytesSent] == 0 && statistics.droppedTotal == 0)
      #expect(!client.hasInput())
    }
  }

  @Test("answers on each of its queues, from one port")
  func queues() async throws {
    try await ServerUnderTest.with([.test(.udp, .echo) { $0.queues = 4 }]) { echod in
      let server = try await echod.endpoint("udp")
      // The kernel spreads clients by their port: among so many every queue has some. None gets another's port while all
      // are open.
      let clients = try (0..<64).map { _ in try PlainSocket(.udp) }
      for (number, client) in clients.enumerated() {
        try client.send(Array("\(number)".utf8), to: server)
        #expect(try await client.receiveDatagram().source == server)
      }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.messagesSent] == 64 && statistics[.clientsTotal] == 64)
    }
  }

  @Test(
    "answers a service's port where it is told to, and nowhere else",
    .enabled(if: getuid() == 0, "only root may send from such a port"))
  func lowPorts() async throws {
    try await ServerUnderTest.with([
      .test(.udp, name: "trusting") { $0.answerLowPorts = true }, .test(.udp, name: "usual"),
    ]) { echod in
      let address = try #require(IPAddress("127.0.0.11"))
      let service = try PlainSocket(.udp, boundTo: Endpoint(address: address, port: 1023))
      try service.send(Array("a".utf8), to: await echod.endpoint("usual"))
      #expect(try await echod.statistics("usual")[.loopGuard] == 1)
      try service.send(Array("b".utf8), to: await echod.endpoint("trusting"))
      #expect(try await service.receiveDatagram().bytes == Array("B".utf8))
    }
  }

  @Test("gives no reply to a service's port or to its own listeners' ports, and counts it")
  func loopGuard() async throws {
    try await ServerUnderTest.with([
      .test(.udp, name: "first"), .test(.udp, name: "second", on: "127.0.0.5"),
    ]) { echod in
      let first = try await echod.endpoint("first")
      let second = try await echod.endpoint("second")
      // A datagram as if from the second listener: the reply would be answered for ever.
      let forger = try PlainSocket(
        .udp, boundTo: Endpoint(address: #require(IPAddress("127.0.0.9")), port: second.port))
      try forger.send(Array("loop".utf8), to: first)
      #expect(try await echod.statistics("first")[.loopGuard] == 1)
      #expect(try await echod.statistics("first")[.messagesSent] == 0)
      #expect(try await echod.statistics("second")[.messagesReceived] == 0)
      #expect(!forger.hasInput())
      // An ordinary client is served after that as before.
      let client = try PlainSocket(.udp)
      try client.send(Array("hello".utf8), to: first)
      #expect(try await client.receiveDatagram().bytes == Array("HELLO".utf8))
    }
  }

  @Test(
    "answers no datagram that was sent to a group of hosts, and counts no client",
    arguments: ["0.0.0.0", "::"])
  func broadcast(bound: String) async throws {
    try await ServerUnderTest.with([.test(.udp, on: bound)]) { echod in
      let client = try PlainSocket(.udp)
      client.allowBroadcast()
      try await client.send([1], to: echod.endpoint("udp", on: "127.255.255.255"))
      let statistics = try await echod.statistics("udp")
      #expect(
        statistics[.messagesReceived] == 1 && statistics[.denied] == 1 && statistics.droppedTotal == 1
          && statistics[.messagesSent] == 0 && statistics[.clientsTotal] == 0)
    }
  }

  @Test("answers nobody outside of the networks it is for, and counts it")
  func access() async throws {
    try await ServerUnderTest.with([
      .test(.udp, on: "0.0.0.0") { $0.allow = [try? Prefix("127.0.0.2/32")].compactMap(\.self) }
    ]) { echod in
      let server = try await echod.endpoint("udp")
      let stranger = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
      let friend = try PlainSocket(
        .udp, boundTo: Endpoint(address: #require(IPAddress("127.0.0.2")), port: 0))
      try stranger.send([1], to: server)
      try friend.send([2], to: server)
      #expect(try await friend.receiveDatagram().bytes == [2])
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.denied] == 1 && statistics[.messagesSent] == 1 && statistics[.clientsTotal] == 1)
      #expect(!stranger.hasInput())
    }
  }

  @Test("forgets a client that falls silent, without another datagram")
  func silentClient() async throws {
    let socket = SharedSocket(try DatagramSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0)))
    let queue = try DatagramQueue(
      socket: socket,
      policy: ListenerPolicy(for: .test(.udp), process: ConnectionBudget(limit: 1), drawnSeed: 0),
      service: .echo, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      clients: ClientTable(lifetimeMilliseconds: 50))
    await queue.start()
    let client = try PlainSocket(.udp)
    let server = try socket.socket.descriptor.localEndpoint()
    try client.send([1], to: #require(server))
    _ = try await client.receiveDatagram()
    #expect(
      await eventually {
        queue.counters.statistics[.clientsTotal] == 1 && queue.counters.statistics[.clientsCurrent] == 0
      })
    await queue.endIntake(leavingSocket: .closed)
  }

  @Test("lets a figure of clients go down when a queue ends")
  func stop() async throws {
    try await ServerUnderTest.with([.test(.udp)]) { echod in
      let client = try PlainSocket(.udp)
      try await client.send([1], to: echod.endpoint("udp"))
      _ = try await client.receiveDatagram()
      await echod.server.stop()
      let totals = try await echod.snapshot().totals
      #expect(totals[.clientsCurrent] == 0 && totals[.clientsTotal] == 1 && totals[.messagesSent] == 1)
    }
  }
}
