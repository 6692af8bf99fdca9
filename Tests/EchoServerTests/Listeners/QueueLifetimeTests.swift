import Addresses
@testable import EchoCore
import Logging
import Sockets
import Testing
import TestSupport

@testable import EchoServer

@Suite("A queue that has ended")
struct QueueLifetimeTests {
  @Test("is gone, with its loop, its buffers and its socket", arguments: Transport.allCases)
  func isGone(transport: Transport) async throws {
    weak var queue: (any ListenerQueue)?
    weak var executor: QueueExecutor?
    var server = Endpoint(address: .loopbackIPv4, port: 0)
    do {
      let configuration = ListenerConfiguration.test(transport, .echo)
      let listener = try ListenerBinding.listener(
        for: configuration, plan: SocketPlan(for: configuration, in: Configuration()), handedOver: [],
        besides: [], connections: ConnectionBudget(limit: 10), drawnSeed: 0,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      let made = listener.queues[0]
      server = listener.endpoint
      queue = made
      executor = made.executor
      await made.start()
      let client = try PlainSocket(transport == .udp ? .udp : .tcp)
      try client.connect(to: server)
      try await client.send([1])
      #expect(try await client.receive() == [1])
      #expect(queue != nil && executor != nil)
      await made.endIntake(leavingSocket: .closed)
      await made.drain(until: 0)
    }
    #expect(await eventually { queue == nil })
    #expect(await eventually { executor == nil })
    // The socket is closed: its port refuses.
    let client = try PlainSocket(transport == .udp ? .udp : .tcp)
    await #expect(throws: PlainSocket.Failure.self) {
      try client.connect(to: server)
      try await client.send([1])
      _ = try await client.receive()
    }
  }
}
