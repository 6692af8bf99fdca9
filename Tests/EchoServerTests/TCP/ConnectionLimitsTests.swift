import Addresses
import EchoCore
import Testing
import TestSupport

@Suite("The limits of a TCP listener")
struct ConnectionLimitsTests {
  private func connect(from address: String, to echod: ServerUnderTest) async throws -> PlainSocket {
    let local = Endpoint(address: try #require(IPAddress(address)), port: 0)
    let client = try PlainSocket(.tcp, boundTo: local)
    try client.connect(to: await echod.endpoint("tcp"))
    return client
  }

  private func isServed(_ client: PlainSocket) async throws -> Bool {
    try? await client.send([0x61])
    return try await client.receive() == [0x41]
  }

  @Test(
    "close what an address opens beyond its connections, and count it; others are served", arguments: [1, 2])
  func perClient(queues: Int) async throws {
    try await ServerUnderTest.with([
      .test(.tcp, on: "0.0.0.0") { ($0.maxConnectionsPerClient, $0.queues) = (3, queues) }
    ]) { echod in
      var clients: [PlainSocket] = []
      for _ in 0..<3 {
        clients.append(try await connect(from: "127.0.0.1", to: echod))
        #expect(try await isServed(clients[clients.count - 1]))
      }
      let fourth = try await connect(from: "127.0.0.1", to: echod)
      #expect(try await fourth.receiveToEnd() == [])
      #expect(try await echod.statistics("tcp")[.overLimit] == 1)
      let other = try await connect(from: "127.0.0.2", to: echod)
      #expect(try await isServed(other))
      // A place is free again when one of them leaves.
      clients.removeLast()
      let isFree = try await eventually {
        try await isServed(connect(from: "127.0.0.1", to: echod))
      }
      #expect(isFree)
    }
  }

  @Test("close a connection on which no byte went for the idle timeout, and no other")
  func idle() async throws {
    try await ServerUnderTest.with([
      // So long that a machine with much to do does not let the busy one wait for it.
      .test(.tcp) { $0.idleTimeoutSeconds = 8 }, .test(.tcp, name: "patient"),
    ]) { echod in
      let patient = try await echod.connect("patient")
      let silent = try await echod.connect("tcp")
      #expect(try await isServed(silent))
      let busy = try await echod.connect("tcp")
      // The busy one goes on until the silent one was closed.
      let isClosed = try await eventually {
        let busyIsServed = try await isServed(busy)
        #expect(busyIsServed)
        return silent.hasInput()
      }
      try #require(isClosed)
      #expect(try await silent.receiveToEnd() == [])
      #expect(try await isServed(busy))
      #expect(try await isServed(patient))
      #expect(try await echod.statistics("tcp").droppedTotal == 0)
    }
  }

  @Test("throw away what an idle client never read, and count that it was not sent")
  func stalled() async throws {
    let listener = ListenerConfiguration.test(.tcp, .echo)
    try await ServerUnderTest.with([listener]) { echod in
      let client = try await echod.connect("tcp")
      let chunk = noise(65_536)
      let isStalled = try await eventually {
        guard client.sendWhileItFits(chunk) == 0 else { return false }
        let statistics = try await echod.statistics("tcp")
        return statistics[.messagesSent] < statistics[.messagesReceived]
      }
      try #require(isStalled)
      // Only now, because a busy machine can pause for longer than any timeout.
      try await echod.apply([listener.changed { $0.idleTimeoutSeconds = 1 }])
      let isClosed = try await eventually { try await echod.statistics("tcp")[.clientsCurrent] == 0 }
      #expect(isClosed)
      #expect(try await echod.statistics("tcp")[.sendFailed] == 1)
    }
  }
}
