import Addresses
@testable import EchoCore
@testable import EchoServer
import Glibc
import Testing
import TestSupport

@Suite("Across a restart, a server")
struct RestartTests {
  /// Lets one server hand over to the next.
  private static func restart(
    _ listeners: [ListenerConfiguration], then next: [ListenerConfiguration]? = nil,
    store: StoreUnderTest = StoreUnderTest(), log: LogRecorder = LogRecorder(),
    before: (ServerUnderTest) async throws -> Void,
    between: (StoreUnderTest) async throws -> Void = { _ in },
    after: (ServerUnderTest) async throws -> Void
  ) async throws {
    let first = EchoServer(
      descriptorLimit: 4096, openDescriptors: 0, store: store, drawnSeed: 1, logger: log.logger)
    try await first.apply(Configuration(admin: nil, drainSeconds: 5, listeners: listeners))
    try await before(ServerUnderTest(server: first))
    await first.handOver()
    try await between(store)
    let second = EchoServer(
      descriptorLimit: 4096, openDescriptors: 0, restoration: try store.restoration(), store: store,
      drawnSeed: 2, logger: log.logger)
    try await second.apply(Configuration(admin: nil, drainSeconds: 5, listeners: next ?? listeners))
    store.keep([])
    do {
      try await after(ServerUnderTest(server: second))
    } catch {
      await second.stop()
      throw error
    }
    await second.stop()
  }

  /// What a test keeps from the first server to the second.
  private final class Clients {
    var sockets: [PlainSocket] = []
    var endpoint = Endpoint(address: .loopbackIPv4, port: 0)
    var statistics = Statistics()

    /// Adds a client whose first message was answered.
    func connect(to echod: ServerUnderTest) async throws {
      let client = try await echod.connect("tcp")
      try await client.send(Array("one".utf8))
      _ = try await client.receive(exactly: 3)
      sockets.append(client)
    }
  }

  @Test("keeps a TCP listener's port, its connections and its figures")
  func connections() async throws {
    let clients = Clients()
    try await Self.restart([.test(.tcp)]) { echod in
      clients.endpoint = try await echod.endpoint("tcp")
      for _ in 0..<3 {
        try await clients.connect(to: echod)
      }
      clients.statistics = try await echod.statistics("tcp")
    } after: { echod in
      #expect(try await echod.endpoint("tcp") == clients.endpoint)
      #expect(try await echod.statistics("tcp") == clients.statistics)
      #expect(await echod.server.snapshot().restored == Restored(connections: 3, sockets: 1, lost: 0))
      for client in clients.sockets {
        try await client.send(Array("two".utf8))
        #expect(try await client.receive(exactly: 3) == Array("TWO".utf8))
      }
      #expect(try await echod.statistics("tcp")[.clientsCurrent] == 3)
      #expect(try await echod.statistics("tcp")[.clientsTotal] == 3)
      #expect(try await echod.statistics("tcp")[.messagesReceived] == 6)
    }
  }

  @Test("answers what came while no server ran")
  func pause() async throws {
    let clients = Clients()
    try await Self.restart([.test(.tcp), .test(.udp)]) { echod in
      clients.endpoint = try await echod.endpoint("udp")
      clients.sockets = [try await echod.connect("tcp"), try PlainSocket(.udp)]
      try await clients.sockets[0].send(Array("one".utf8))
      _ = try await clients.sockets[0].receive(exactly: 3)
      try clients.sockets[1].send(Array("one".utf8), to: clients.endpoint)
      _ = try await clients.sockets[1].receiveDatagram()
    } between: { _ in
      try await clients.sockets[0].send(Array("two".utf8))
      try clients.sockets[1].send(Array("two".utf8), to: clients.endpoint)
    } after: { echod in
      #expect(try await clients.sockets[0].receive(exactly: 3) == Array("TWO".utf8))
      #expect(try await clients.sockets[1].receiveDatagram().bytes == Array("TWO".utf8))
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.clientsTotal] == 1)
      #expect(statistics[.clientsCurrent] == 1)
      #expect(statistics[.messagesReceived] == 2)
    }
  }

  @Test("sends the rest of a reply that a client has not read yet")
  func unsent() async throws {
    let clients = Clients()
    let message = [UInt8](repeating: 0x61, count: 1 << 16)
    let taken = Counter()
    try await Self.restart([.test(.tcp)]) { echod in
      let client = try await echod.connect("tcp")
      clients.sockets = [client]
      // Until the kernel takes no more, because the replies are not read.
      taken.value = client.sendWhileItFits(message)
      #expect(taken.value > 0)
    } after: { echod in
      let reply = try await clients.sockets[0].receive(exactly: taken.value)
      #expect(reply == [UInt8](repeating: 0x41, count: taken.value))
      #expect(try await echod.statistics("tcp")[.bytesSent] == UInt64(taken.value))
    }
  }

  private final class Counter {
    var value = 0
  }

  @Test(
    "ends connections whose listener is gone or has another service, as a reload does",
    arguments: [true, false])
  func changed(isGone: Bool) async throws {
    let clients = Clients()
    let other = ListenerConfiguration.test(.tcp, isGone ? .uppercase : .echo, name: isGone ? "other" : "tcp")
    try await Self.restart([.test(.tcp)], then: [other]) { echod in
      try await clients.connect(to: echod)
    } after: { echod in
      let rest = try await clients.sockets[0].receiveToEnd()
      #expect(rest.isEmpty)
      #expect(await echod.server.snapshot().restored.connections == 0)
      #expect(await echod.server.snapshot().restored.lost == 0)
      #expect(try await echod.snapshot().totals[.messagesReceived] == 1)
    }
  }

  @Test("counts connections as lost that the store did not keep, and serves everything else")
  func lost() async throws {
    let clients = Clients()
    let log = LogRecorder()
    try await Self.restart([.test(.tcp)], log: log) { echod in
      clients.endpoint = try await echod.endpoint("tcp")
      clients.sockets = [try await echod.connect("tcp"), try await echod.connect("tcp")]
      for client in clients.sockets {
        try await client.send(Array("one".utf8))
        _ = try await client.receive(exactly: 3)
      }
    } between: { store in
      store.drop(StoredName.connections)
    } after: { echod in
      #expect(await echod.server.snapshot().restored == Restored(connections: 0, sockets: 1, lost: 2))
      #expect(log.messages(with: "lost 2 connections in the restart").count == 1)
      for client in clients.sockets {
        let rest = try await client.receiveToEnd()
        #expect(rest.isEmpty)
      }
      let client = try await echod.connect("tcp")
      try await client.send(Array("new".utf8))
      #expect(try await client.receive(exactly: 3) == Array("NEW".utf8))
    }
  }

  @Test("serves sockets and connections even without the state")
  func withoutState() async throws {
    let clients = Clients()
    var tcp = ListenerConfiguration.test(.tcp)
    tcp.port = freePort()
    try await Self.restart([tcp]) { echod in
      try await clients.connect(to: echod)
    } between: { store in
      store.drop(StoredName.state)
    } after: { echod in
      try await clients.sockets[0].send(Array("two".utf8))
      #expect(try await clients.sockets[0].receive(exactly: 3) == Array("TWO".utf8))
      #expect(try await echod.statistics("tcp")[.clientsCurrent] == 1)
    }
  }

  @Test("keeps the seed that it drew for impairments")
  func seed() async throws {
    let log = LogRecorder()
    var impairment = Impairment()
    impairment.lossPercent = 10
    let udp = ListenerConfiguration.test(.udp) { [impairment] in $0.impair = impairment }
    try await Self.restart([udp], log: log) { _ in
    } after: { _ in
      #expect(log.messages(with: "seed 1").count == 2, "\(log.messages.map(\.text))")
    }
  }

  @Test("drains its connections if there is no store")
  func withoutStore() async throws {
    let store = StoreUnderTest(room: .none)
    let server = EchoServer(
      descriptorLimit: 4096, openDescriptors: 0, store: store, logger: LogRecorder().logger)
    try await server.apply(Configuration(admin: nil, drainSeconds: 5, listeners: [.test(.tcp)]))
    let client = try await ServerUnderTest(server: server).connect("tcp")
    try await client.send(Array("one".utf8))
    #expect(try await client.receive(exactly: 3) == Array("ONE".utf8))
    async let end = client.receiveToEnd()
    await server.handOver()
    let rest = try await end
    #expect(rest.isEmpty)
  }

  @Test("drains its connections if the store has no room for them, and keeps the rest")
  func smallStore() async throws {
    let clients = Clients()
    try await Self.restart([.test(.tcp)], store: StoreUnderTest(room: .onlyState)) { echod in
      try await clients.connect(to: echod)
      clients.endpoint = try await echod.endpoint("tcp")
    } between: { _ in
      let rest = try await clients.sockets[0].receiveToEnd()
      #expect(rest.isEmpty)
    } after: { echod in
      #expect(try await echod.endpoint("tcp") == clients.endpoint)
      #expect(await echod.server.snapshot().restored == Restored(connections: 0, sockets: 1, lost: 1))
      let statistics = try await echod.statistics("tcp")
      #expect(statistics[.messagesReceived] == 1)
      #expect(statistics[.clientsCurrent] == 0)
    }
  }

  @Test("serves a client once where the store has the connections, but said so too late")
  func lateStore() async throws {
    let clients = Clients()
    try await Self.restart([.test(.tcp)], store: StoreUnderTest(room: .late)) { echod in
      try await clients.connect(to: echod)
    } after: { echod in
      let rest = try await clients.sockets[0].receiveToEnd()
      #expect(rest.isEmpty)
      #expect(await echod.server.snapshot().restored.connections == 0)
    }
  }

  @Test("resets a connection whose stream would lack a part without the state")
  func hole() async throws {
    let clients = Clients()
    let message = [UInt8](repeating: 0x61, count: 1 << 16)
    var tcp = ListenerConfiguration.test(.tcp)
    tcp.port = freePort()
    try await Self.restart([tcp]) { echod in
      let client = try await echod.connect("tcp")
      clients.sockets = [client]
      // Nothing more fits, so echod does not read, because a reply waits for room.
      let isStalled = await eventually {
        guard client.sendWhileItFits(message) == 0, let statistics = try? await echod.statistics("tcp")
        else { return false }
        return statistics[.messagesSent] < statistics[.messagesReceived]
      }
      #expect(isStalled)
    } between: { store in
      store.drop(StoredName.state)
    } after: { echod in
      await #expect(throws: PlainSocket.Failure.self) { try await clients.sockets[0].receiveToEnd() }
      #expect(await echod.server.snapshot().restored.connections == 0)
    }
  }

  @Test("keeps its sockets in the store from the start, and those of its current listeners after a reload")
  func kept() async throws {
    let store = StoreUnderTest()
    let server = EchoServer(
      descriptorLimit: 4096, openDescriptors: 0, store: store, logger: LogRecorder().logger)
    try await server.apply(
      Configuration(admin: nil, drainSeconds: 1, listeners: [.test(.tcp), .test(.udp)]))
    #expect(store.keptNames == ["echod-listener-tcp", "echod-listener-udp"])
    try await server.apply(Configuration(admin: nil, drainSeconds: 1, listeners: [.test(.udp)]))
    #expect(store.keptNames == ["echod-listener-udp"])
    await server.stop()
    #expect(store.keptNames.isEmpty)
  }
}
