import Addresses
@testable import EchoCore
import Glibc
import Testing
import TestSupport

@testable import EchoServer

@Suite("Datagrams that the kernel drops")
struct KernelDropsTests {
  private static let burst = 2000

  /// A listener whose receive buffer has room for a few datagrams.
  private static func narrow(change: (inout ListenerConfiguration) -> Void = { _ in })
    -> ListenerConfiguration
  {
    .test(.udp, .discard) {
      $0.receiveBufferBytes = 4096
      change(&$0)
    }
  }

  /// Sends faster than any queue receives.
  private func sendBurst(to server: Endpoint) throws {
    let client = try PlainSocket(.udp, isIPv6: !server.address.isIPv4)
    for _ in 0..<Self.burst { try client.send([UInt8](repeating: 1, count: 500), to: server) }
  }

  @Test(
    "are counted exactly, and are not among the messages received",
    arguments: [
      ("127.0.0.1", "127.0.0.1", 1), ("::1", "::1", 1), ("::", "127.0.0.1", 1), ("0.0.0.0", "127.0.0.1", 3),
    ])
  func exact(bound: String, asked: String, queues: Int) async throws {
    let listener = ListenerConfiguration.test(.udp, .discard, on: bound) {
      ($0.receiveBufferBytes, $0.queues) = (4096, queues)
    }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp", on: asked)
      for round in 1...3 {
        try sendBurst(to: server)
        let statistics = try await echod.statistics("udp")
        #expect(statistics[.receiveBufferFull] > 0)
        #expect(
          statistics[.messagesReceived] + statistics[.receiveBufferFull] == UInt64(round * Self.burst))
        #expect(statistics.droppedTotal == statistics[.receiveBufferFull])
      }
    }
  }

  @Test("are counted once when reloads hand the socket over")
  func handover() async throws {
    let listener = Self.narrow { $0.port = freePort() }
    try await ServerUnderTest.with([listener]) { echod in
      let server = Endpoint(address: .loopbackIPv4, port: listener.port)
      for round in 0..<10 {
        async let sent: Void = sendBurst(to: server)
        // Another name on every third round: what its predecessor dropped stays in the totals.
        try await echod.apply([
          listener.changed {
            ($0.answerLowPorts, $0.name) = (round % 2 == 0, round % 3 == 0 ? "other" : "udp")
          }
        ])
        try await sent
      }
      let totals = try await echod.snapshot().totals
      #expect(totals[.receiveBufferFull] > 0)
      #expect(totals[.messagesReceived] + totals[.receiveBufferFull] == UInt64(10 * Self.burst))
    }
  }

  @Test("are counted when a stop follows, before anyone asks")
  func stop() async throws {
    try await ServerUnderTest.with([Self.narrow()]) { echod in
      try sendBurst(to: await echod.endpoint("udp"))
      await echod.server.stop()
      let totals = try await echod.snapshot().totals
      #expect(totals[.messagesReceived] + totals[.receiveBufferFull] == UInt64(Self.burst))
    }
  }

  @Test("are not counted when nobody served the socket: before the start, or between listeners")
  func passedSocket() async throws {
    let manager = try PlainSocket(.udp, boundTo: Endpoint(address: .loopbackIPv4, port: 0))
    manager.setReceiveBuffer(4096)
    let server = try manager.localEndpoint()
    try sendBurst(to: server)
    var passed = ActivationSockets()
    try passed.add(fcntl(manager.number, F_DUPFD_CLOEXEC, 0), name: "udp")
    let (listener, elsewhere) = (Self.narrow(), ListenerConfiguration.test(.udp, name: "elsewhere"))
    try await ServerUnderTest.with([listener], passed: passed) { echod in
      #expect(try await echod.statistics("udp")[.receiveBufferFull] == 0)
      let waiting = try await echod.statistics("udp")[.messagesReceived]
      try await echod.apply([elsewhere])
      try sendBurst(to: server)
      // Until nothing is left for the listener.
      #expect(
        await eventually {
          var request = pollfd(fd: manager.number, events: Int16(POLLIN), revents: 0)
          return poll(&request, 1, 0) == 0
        })
      try await echod.apply([listener])
      try sendBurst(to: server)
      let totals = try await echod.snapshot().totals
      #expect(totals[.receiveBufferFull] > 0)
      // The first waited for the start; of the second none counts.
      #expect(
        totals[.messagesReceived] + totals[.receiveBufferFull] == waiting + UInt64(Self.burst))
    }
  }

  @Test("are logged once a minute with the cure, whether anyone asks or not")
  func log() async throws {
    let recorder = LogRecorder()
    try await ServerUnderTest.with([Self.narrow { $0.port = freePort() }], log: recorder) { echod in
      let server = try await echod.endpoint("udp")
      try sendBurst(to: server)
      #expect(await eventually { !recorder.messages(with: "receiveBufferFull").isEmpty })
      try sendBurst(to: server)
      _ = try await echod.statistics("udp")
      let lines = recorder.messages(with: "receiveBufferFull").map(\.text)
      #expect(lines.count == 1)
      #expect(
        lines.first?.wholeMatch(of: /no reply: receiveBufferFull \d+ \(raise receiveBufferBytes\)/) != nil)
    }
  }
}
