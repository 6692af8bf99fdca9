import Addresses
@testable import EchoCore
import Glibc
import Testing
import TestSupport

@testable import EchoServer

@Suite("A reload that needs no new queues")
struct PolicyChangeTests {
  private static let hello = Array("hello".utf8)

  /// Whether a connection still answers.
  private func isServed(_ client: PlainSocket) async throws -> Bool {
    try await client.send(Self.hello)
    return try await client.receive(exactly: 5) == Array("HELLO".utf8)
  }

  @Test("keeps every connection, and logs what has changed")
  func connections() async throws {
    let log = LogRecorder()
    let listener = ListenerConfiguration.test(.tcp)
    try await ServerUnderTest.with([listener], log: log) { echod in
      let client = try await echod.connect("tcp")
      let newer = listener.changed {
        ($0.maxConnections, $0.maxConnectionsPerClient, $0.idleTimeoutSeconds) = (7, 3, 1000)
        ($0.keepAliveSeconds, $0.backlog, $0.closeAfterReply) = (0, 9, false)
      }
      try await echod.apply([newer])
      #expect(try await isServed(client))
      let changed =
        "changed backlog, maxConnections, maxConnectionsPerClient, idleTimeoutSeconds, keepAliveSeconds"
      #expect(log.messages.contains { $0.text == changed })
      #expect(log.messages(with: "draining").isEmpty)
      #expect(try await echod.statistics("tcp")[.clientsTotal] == 1)
    }
  }

  @Test("keeps UDP clients, which do not count as new")
  func datagrams() async throws {
    let listener = ListenerConfiguration.test(.udp)
    try await ServerUnderTest.with([listener]) { echod in
      let client = try PlainSocket(.udp)
      let server = try await echod.endpoint("udp")
      for limit in [nil, RateLimit(perSecond: 10, burst: 5), nil] {
        try await echod.apply([listener.changed { $0.rateLimit = limit }])
        #expect(try await echod.endpoint("udp") == server)
        try client.send(Self.hello, to: server)
        #expect(try await client.receiveDatagram().bytes == Array("HELLO".utf8))
      }
      #expect(try await echod.statistics("udp")[.clientsTotal] == 1)
    }
  }

  @Test(
    "ends the connections of a client that is no longer permitted, and counts them as denied",
    arguments: [1, 3])
  func deniedConnections(queues: Int) async throws {
    let listener = ListenerConfiguration.test(.tcp, on: "0.0.0.0") { $0.queues = queues }
    try await ServerUnderTest.with([listener]) { echod in
      let friend = try await echod.connect("tcp", on: "127.0.0.1")
      let others = try await (0..<4).asyncMap { _ in
        let client = try PlainSocket(.tcp, boundTo: Endpoint(address: IPAddress(v4: 0x7F00_0002), port: 0))
        try client.connect(to: await echod.endpoint("tcp"))
        return client
      }
      for client in [friend] + others { #expect(try await isServed(client)) }
      let allow = [try Prefix("127.0.0.1/32")]
      try await echod.apply([listener.changed { $0.allow = allow }])
      for client in others { #expect(try await client.receiveToEnd() == []) }
      #expect(try await isServed(friend))
      let statistics = try await echod.statistics("tcp")
      #expect(statistics[.denied] == 4 && statistics[.clientsCurrent] == 1)
    }
  }

  @Test("forgets UDP clients that are no longer permitted, and denies their datagrams")
  func deniedDatagrams() async throws {
    let listener = ListenerConfiguration.test(.udp, on: "0.0.0.0")
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let friend = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
      let other = try PlainSocket(.udp, boundTo: Endpoint(address: IPAddress(v4: 0x7F00_0002), port: 0))
      for client in [friend, other] {
        try client.send(Self.hello, to: server)
        _ = try await client.receiveDatagram()
      }
      let allow = [try Prefix("127.0.0.1/32")]
      try await echod.apply([listener.changed { $0.allow = allow }])
      #expect(try await echod.statistics("udp")[.clientsCurrent] == 1)
      for client in [other, friend] { try client.send(Self.hello, to: server) }
      _ = try await friend.receiveDatagram()
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.denied] == 1 && statistics[.clientsTotal] == 2)
      #expect(!other.hasInput())
    }
  }

  @Test(
    "counts open connections towards a new limit, and keeps those over it", arguments: [1, 2])
  func connectionsPerClient(queues: Int) async throws {
    let listener = ListenerConfiguration.test(.tcp) { $0.queues = queues }
    try await ServerUnderTest.with([listener]) { echod in
      var clients = try await (0..<3).asyncMap { _ in try await echod.connect("tcp") }
      for client in clients { #expect(try await isServed(client)) }
      try await echod.apply([listener.changed { $0.maxConnectionsPerClient = 2 }])
      for client in clients { #expect(try await isServed(client)) }
      #expect(try await echod.connect("tcp").receiveToEnd() == [])
      try await echod.apply([listener.changed { $0.maxConnectionsPerClient = 4 }])
      clients.append(try await echod.connect("tcp"))
      #expect(try await isServed(clients[3]))
      #expect(try await echod.connect("tcp").receiveToEnd() == [])
      try await echod.apply([listener])
      clients.append(try await echod.connect("tcp"))
      #expect(try await isServed(clients[4]))
      try await echod.apply([listener.changed { $0.maxConnections = 5 }])
      #expect(try await echod.connect("tcp").receiveToEnd() == [])
      #expect(try await echod.statistics("tcp")[.overLimit] == 3)
    }
  }

  @Test("limits UDP clients from now on, with another limit, and no longer", arguments: [1, 2])
  func rates(queues: Int) async throws {
    let listener = ListenerConfiguration.test(.udp) { $0.queues = queues }
    try await ServerUnderTest.with([listener]) { echod in
      let client = try PlainSocket(.udp)
      let server = try await echod.endpoint("udp")
      for burst in [nil, 5, 9, nil] {
        // With so few tokens a second that a slow test gets some more replies, but not all.
        let limit = burst.map { RateLimit(perSecond: 1, burst: $0) }
        try await echod.apply([listener.changed { $0.rateLimit = limit }])
        let before = try await echod.statistics("udp")[.messagesSent]
        for number in 0..<20 { try client.send([UInt8(number)], to: server) }
        let replies = try await echod.statistics("udp")[.messagesSent] - before
        #expect(burst.map { (UInt64($0)..<20).contains(replies) } ?? (replies == 20))
      }
    }
  }

  @Test(
    "answers clients on low ports, and no longer",
    .enabled(if: getuid() == 0, "only root may send from such a port"))
  func lowPorts() async throws {
    let listener = ListenerConfiguration.test(.udp)
    try await ServerUnderTest.with([listener]) { echod in
      let address = try #require(IPAddress("127.0.0.12"))
      let service = try PlainSocket(.udp, boundTo: Endpoint(address: address, port: 1022))
      for (isAnswered, drops) in [(false, 1), (true, 1), (false, 2)] {
        try await echod.apply([listener.changed { $0.answerLowPorts = isAnswered }])
        try service.send(Self.hello, to: await echod.endpoint("udp"))
        #expect(try await echod.statistics("udp")[.loopGuard] == drops)
      }
      #expect(try await echod.statistics("udp")[.messagesSent] == 1)
    }
  }

  @Test("applies a new idle timeout and closeAfterReply to open connections")
  func timeouts() async throws {
    let listener = ListenerConfiguration.test(.tcp)
    try await ServerUnderTest.with([listener]) { echod in
      let silent = try await echod.connect("tcp")
      #expect(try await isServed(silent))
      try await echod.apply([listener.changed { $0.idleTimeoutSeconds = 1 }])
      #expect(try await silent.receiveToEnd() == [])
      try await echod.apply([listener])
      let talker = try await echod.connect("tcp")
      #expect(try await isServed(talker))
      try await echod.apply([listener.changed { $0.closeAfterReply = true }])
      #expect(try await isServed(talker))
      #expect(try await talker.receiveToEnd() == [])
    }
  }

  @Test("changes keepalive and backlog of the sockets, and changes them back")
  func socketOptions() async throws {
    let listener = ListenerConfiguration.test(.tcp) { ($0.keepAliveSeconds, $0.backlog) = (0, 5) }
    try await ServerUnderTest.with([listener]) { echod in
      let client = try await echod.connect("tcp")
      #expect(try await isServed(client))
      let port = try await echod.endpoint("tcp").port
      for seconds in [100, 7, 0] {
        try await echod.apply([
          listener.changed { ($0.keepAliveSeconds, $0.backlog) = (seconds, 5 + seconds) }
        ])
        let sockets = try OpenSocket.all(.tcp, onPort: port)
        #expect(sockets.count == 2)
        for socket in sockets {
          #expect(socket.keepAliveSeconds == (seconds == 0 ? nil : seconds))
          if let backlog = socket.backlog { #expect(backlog == 5 + seconds) }
        }
      }
    }
  }

  @Test("changes the sizes of UDP buffers, and restores the kernel's own")
  func buffers() async throws {
    let listener = ListenerConfiguration.test(.udp)
    try await ServerUnderTest.with([listener]) { echod in
      let port = try await echod.endpoint("udp").port
      let initial = try #require(try OpenSocket.all(.udp, onPort: port).first?.receiveBuffer)
      try await echod.apply([listener.changed { $0.receiveBufferBytes = 8192 }])
      #expect(try OpenSocket.all(.udp, onPort: port).map(\.receiveBuffer) == [16_384])
      try await echod.apply([listener.changed { $0.service = "discard" }])
      #expect(try OpenSocket.all(.udp, onPort: port).map(\.receiveBuffer) == [initial])
    }
  }

  @Test("gives new connections time for their first message in a drain, and ends idle ones")
  func firstMessage() async throws {
    let listener = ListenerConfiguration.test(.tcp)
    try await ServerUnderTest.with([listener]) { echod in
      // On a busy machine the time may be over before the message is sent.
      let isAnswered = try await eventually {
        let (idle, new) = (try await echod.connect("tcp"), try await echod.connect("tcp"))
        try await idle.send(Self.hello)
        _ = try await idle.receive(exactly: 5)
        #expect(try await eventually { try await echod.statistics("tcp")[.clientsCurrent] >= 2 })
        try await echod.apply([listener.changed { $0.service = "discard" }])
        #expect(try await idle.receiveToEnd() == [])
        try? await new.send(Self.hello)
        let reply = try await new.receiveToEnd()
        try await echod.apply([listener])
        return reply == Array("HELLO".utf8)
      }
      #expect(isAnswered)
    }
  }
}
