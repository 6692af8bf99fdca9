import Addresses
@testable import EchoCore
import Glibc
import Testing
import TestSupport

@testable import EchoServer

@Suite("A server that changes while clients talk")
struct HandoverTests {
  /// A client that has sent more than it reads, so that a reply waits for it.
  private func stalledClient(of echod: ServerUnderTest) async throws -> PlainSocket {
    let client = try await echod.connect("tcp")
    // The kernel's buffers can grow when what they hold is acknowledged, so twice in a row.
    var before: UInt64 = 0
    let isStalled = try await eventually(every: .milliseconds(250)) {
      let more = client.sendWhileItFits(noise(65_536))
      let statistics = try await echod.statistics("tcp")
      let received = statistics[.messagesReceived]
      defer { before = received }
      return more == 0 && received == statistics[.messagesSent] + 1 && received == before
    }
    #expect(isStalled)
    return client
  }

  @Test("answers every datagram over reloads that change its queues or its address")
  func datagrams() async throws {
    var listener = ListenerConfiguration.test(.udp, .echo)
    listener.port = freePort()
    try await ServerUnderTest.with([listener]) { echod in
      let server = Endpoint(address: .loopbackIPv4, port: listener.port)
      let clients = try (0..<8).map { _ in try PlainSocket(.udp) }
      for round in 0..<12 {
        for number in 0..<10 {
          for client in clients { try client.send([UInt8(round), UInt8(number)], to: server) }
        }
        listener.queues = [1, 3, 2][round % 3]
        listener.address = [.loopbackIPv4, .anyIPv4, .anyIPv6][round / 4]
        try await echod.apply([listener])
        for client in clients {
          var numbers: Set<[UInt8]> = []
          for _ in 0..<10 { numbers.insert(try await client.receiveDatagram().bytes) }
          #expect(numbers == Set((0..<10).map { [UInt8(round), $0] }))
        }
      }
      #expect(try await echod.snapshot().totals[.messagesSent] == 12 * 80)
    }
  }

  @Test("resets nobody by a reload that is refused")
  func refusedReload() async throws {
    let taken = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let listener = ListenerConfiguration.test(.tcp)
    try await ServerUnderTest.with([listener]) { echod in
      var wider = listener
      wider.queues = 8
      var impossible = ListenerConfiguration.test(.udp, name: "impossible")
      impossible.port = try taken.localEndpoint().port
      for _ in 0..<20 {
        let client = try await echod.connect("tcp")
        await #expect(throws: StartError.self) { try await echod.apply([wider, impossible]) }
        try await client.send(Array("hello".utf8))
        #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
      }
    }
  }

  @Test("refuses by a reload what it would refuse at its start")
  func sameVerdict() async throws {
    let port = freePort()
    let stranger = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: port))
    var wildcard = ListenerConfiguration.test(.udp, name: "wildcard", on: "0.0.0.0")
    wildcard.port = port
    let listeners = [ListenerConfiguration.test(.udp), wildcard]
    try await ServerUnderTest.with([listeners[0]]) { echod in
      await #expect(throws: StartError.self) { try await echod.apply(listeners) }
    }
    await #expect(throws: StartError.self) { try await ServerUnderTest.with(listeners) { _ in } }
    withExtendedLifetime(stranger) {}
  }

  @Test(
    "does not delay shutdown beyond its grace period after an earlier reload", .timeLimit(.minutes(1)))
  func stopAfterReload() async throws {
    var listener = ListenerConfiguration.test(.tcp, .echo)
    try await ServerUnderTest.with([listener], drainSeconds: 3600) { echod in
      let client = try await stalledClient(of: echod)
      listener.service = "uppercase"
      let configuration = Configuration(admin: nil, drainSeconds: 0, listeners: [listener])
      try await echod.server.apply(configuration)
      await echod.server.stop()
      #expect(try await echod.snapshot().totals[.clientsCurrent] == 0)
      withExtendedLifetime(client) {}
    }
  }

  @Test("resets a client whose reply is cut off at the end of a grace period, and counts it")
  func cutOff() async throws {
    // At the last moment the rest of the reply can still fit the send buffer. Then nothing is cut off.
    var attempts = 20
    while try await !isCutOff(), attempts > 0 { attempts -= 1 }
    #expect(attempts > 0)
  }

  /// Ends the grace period of a stalled client. Returns whether its reply was cut off.
  private func isCutOff() async throws -> Bool {
    let listener = ListenerConfiguration.test(.tcp, .echo)
    var isCutOff = false
    try await ServerUnderTest.with([listener], drainSeconds: 0) { echod in
      let client = try await stalledClient(of: echod)
      try await echod.apply([listener.changed { $0.queues = 2 }])
      #expect(try await eventually { try await echod.statistics("tcp")[.clientsCurrent] == 0 })
      let statistics = try await echod.statistics("tcp")
      let isWhole = statistics[.messagesReceived] == statistics[.messagesSent]
      #expect(statistics[.sendFailed] == (isWhole ? 0 : 1))
      if !isWhole {
        #expect(statistics[.messagesReceived] == statistics[.messagesSent] + 1)
        await #expect(throws: PlainSocket.Failure.self) { try await client.receiveToEnd() }
      }
      isCutOff = !isWhole
    }
    return isCutOff
  }

  @Test("also answers the connections still waiting for a place on shutdown")
  func stopAtLimit() async throws {
    // On a busy machine, clients wait long for their turn.
    try await ServerUnderTest.with(
      [.test(.tcp)], drainSeconds: 60, descriptorLimit: ServerUnderTest.leastDescriptors
    ) { echod in
      let clients = try await (0..<10).asyncMap { _ in try await echod.connect("tcp") }
      for client in clients { try await client.send(Array("hello".utf8)) }
      await echod.server.stop()
      for client in clients { #expect(try await client.receiveToEnd() == Array("HELLO".utf8)) }
    }
  }

  @Test("answers the datagram that came before it was started, on a socket that was passed")
  func activation() async throws {
    let manager = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    let client = try PlainSocket(.udp)
    try client.send(Array("hello".utf8), to: manager.localEndpoint())
    var passed = ActivationSockets()
    try passed.add(fcntl(manager.number, F_DUPFD_CLOEXEC, 0), name: "udp")
    try await ServerUnderTest.with([.test(.udp)], drainSeconds: 1, passed: passed) { _ in
      let reply = try await client.receiveDatagram()
      #expect(reply.bytes == Array("HELLO".utf8))
      #expect(reply.source == (try manager.localEndpoint()))
    }
    // The manager's socket stays open: anything that arrives now is for the next start.
    try client.send([1], to: manager.localEndpoint())
    #expect(try await manager.receiveDatagram().bytes == [1])
  }

  @Test("leaves a passed socket's connections to the next start")
  func activationOfConnections() async throws {
    let manager = try PlainSocket(.tcp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    #expect(listen(manager.number, 8) == 0)
    for _ in 0..<2 {
      var passed = ActivationSockets()
      try passed.add(fcntl(manager.number, F_DUPFD_CLOEXEC, 0), name: "tcp")
      let client = try PlainSocket(connectedTo: manager.localEndpoint())
      try await client.send(Array("hello".utf8))
      try await ServerUnderTest.with([.test(.tcp)], drainSeconds: 1, passed: passed) { _ in
        let reply = try await client.receive(exactly: 5)
        #expect(reply == Array("HELLO".utf8))
      }
    }
  }
}
