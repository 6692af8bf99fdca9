@testable import EchoCore
import Testing
import TestSupport

@testable import EchoServer

@Suite("A listener with busyPollMicroseconds", .timeLimit(.minutes(2)))
struct BusyPollingTests {
  /// Sends a message and receives its reply.
  private func exchange(_ message: String, on client: PlainSocket) async throws {
    try await client.send(Array(message.utf8))
    #expect(
      try await client.receive(exactly: message.utf8.count) == Array(message.uppercased().utf8))
  }

  @Test("answers connections one after the other and all at once, on every queue", arguments: [1, 2])
  func connections(queues: Int) async throws {
    let listener = ListenerConfiguration.test(.tcp) { ($0.busyPollMicroseconds, $0.queues) = (1000, queues) }
    try await ServerUnderTest.with([listener]) { echod in
      let clients = try await (0..<20).asyncMap { _ in try await echod.connect("tcp") }
      for number in 0..<10 {
        for client in clients { try await exchange("message \(number)", on: client) }
        for client in clients { try await client.send(Array("all at once".utf8)) }
        for client in clients {
          #expect(try await client.receive(exactly: 11) == Array("ALL AT ONCE".utf8))
        }
      }
      let statistics = try await echod.statistics("tcp")
      #expect(statistics[.messagesSent] == 400 && statistics[.clientsCurrent] == 20)
    }
  }

  @Test("answers datagrams, and holds replies for their delay", arguments: [0, 30])
  func datagrams(delay: Int) async throws {
    let listener = ListenerConfiguration.test(.udp) {
      $0.busyPollMicroseconds = 1000
      $0.impair = Impairment()
      $0.impair?.delayMilliseconds = delay
    }
    try await ServerUnderTest.with([listener]) { echod in
      let client = try PlainSocket(.udp)
      let server = try await echod.endpoint("udp")
      for number in 0..<50 {
        try client.send(Array("message \(number)".utf8), to: server)
        #expect(try await client.receiveDatagram().bytes == Array("MESSAGE \(number)".utf8))
      }
      #expect(try await echod.statistics("udp")[.messagesSent] == 50)
    }
  }

  @Test("is changed by a reload, which keeps queues and connections", arguments: [Transport.udp, .tcp])
  func reload(transport: Transport) async throws {
    let log = LogRecorder()
    let listener = ListenerConfiguration.test(transport)
    try await ServerUnderTest.with([listener], log: log) { echod in
      let name = transport.rawValue
      let client = try PlainSocket(transport == .tcp ? .tcp : .udp)
      try await client.connectPatiently(to: echod.endpoint(name))
      for limit in [0, 1000, 50, 0] {
        try await echod.apply([listener.changed { $0.busyPollMicroseconds = limit }])
        #expect(await echod.pollingMicroseconds == [limit])
        for _ in 0..<5 { try await exchange("hello", on: client) }
      }
      #expect(log.messages(with: "changed busyPollMicroseconds").count == 3)
      #expect(try await echod.statistics(name)[.clientsTotal] == 1)
    }
  }

  @Test("finishes a drain while clients keep it polling")
  func drain() async throws {
    let listener = ListenerConfiguration.test(.tcp) { $0.busyPollMicroseconds = 1000 }
    try await ServerUnderTest.with([listener]) { echod in
      let (client, busy) = (try await echod.connect("tcp"), try await echod.connect("tcp"))
      try await exchange("hello", on: client)
      try await exchange("hello", on: busy)
      // It sends until echod ends its connection.
      async let exchanges: Void = {
        repeat { try await busy.send([1]) } while try await !busy.receive(exactly: 1).isEmpty
      }()
      try await client.send(Array("and the last".utf8))
      try await echod.apply([])
      #expect(try await client.receiveToEnd() == Array("AND THE LAST".utf8))
      try? await exchanges
    }
  }
}

extension ServerUnderTest {
  /// How long each queue looks for the next message.
  fileprivate var pollingMicroseconds: [Int] {
    get async {
      var result: [Int] = []
      for queue in await server.queues {
        if let queue = queue as? DatagramQueue { result.append(await queue.pollingMicroseconds) }
        if let queue = queue as? StreamQueue { result.append(await queue.pollingMicroseconds) }
      }
      return result
    }
  }
}

extension DatagramQueue {
  fileprivate var pollingMicroseconds: Int { Int(loop.busyPoll.limitNanoseconds / 1000) }
}

extension StreamQueue {
  fileprivate var pollingMicroseconds: Int { Int(loop.busyPoll.limitNanoseconds / 1000) }
}
