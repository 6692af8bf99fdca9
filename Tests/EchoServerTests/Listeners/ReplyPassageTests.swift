import Addresses
import EchoCore
import Synchronization
import Testing
import TestSupport

@testable import EchoServer

@Suite("Between a responder and the send")
struct ReplyPassageTests {
  @Test("a reply over UDP waits for its time, and others overtake it")
  func delayedDatagram() async throws {
    let service = Service.test { request in
      .reply(byteCount: request.byteCount, delayMilliseconds: request.message.first == 1 ? 500 : 0)
    }
    try await QueueUnderTest.with(.udp, service) { echod in
      let client = try PlainSocket(.udp)
      try client.send([1, 2, 3], to: echod.endpoint)
      try client.send([0], to: echod.endpoint)
      #expect(try await client.receiveDatagram().bytes == [0])
      let reply = try await client.receiveDatagram()
      #expect(reply.bytes == [1, 2, 3] && reply.source == echod.endpoint)
      #expect(await eventually { echod.statistics[.messagesSent] == 2 && echod.statistics[.bytesSent] == 4 })
    }
  }

  @Test("replies over UDP that wait for the same time keep their order, more than one batch has")
  func manyDelayedDatagrams() async throws {
    try await QueueUnderTest.with(.udp, .delayed(milliseconds: 50)) { echod in
      let client = try PlainSocket(.udp)
      client.setReceiveBuffer(1 << 20)
      for number in 0..<200 { try client.send([UInt8(number)], to: echod.endpoint) }
      var received: [UInt8] = []
      for _ in 0..<200 { received += try await client.receiveDatagram().bytes }
      #expect(received == (0..<200).map { UInt8($0) })
    }
  }

  @Test("replies over UDP take no more memory than their limit; the others are dropped")
  func heldLimit() async throws {
    try await QueueUnderTest.with(.udp, .delayed(milliseconds: 3_600_000)) { echod in
      let client = try PlainSocket(.udp)
      let message = [UInt8](repeating: 7, count: 60_000)
      let fitting = UInt64(HeldReplies<UInt64>.byteLimit / (message.count + 256))
      for number in 1...fitting + 3 {
        try client.send(message, to: echod.endpoint)
        #expect(await eventually { echod.statistics[.messagesReceived] == number })
      }
      #expect(echod.statistics[.overLimit] == 3 && echod.statistics[.messagesSent] == 0)
    }
  }

  @Test("replies over TCP take no more memory than their limit; the others are dropped")
  func heldStreamLimit() async throws {
    let service = Service.test { _ in
      .reply(byteCount: StreamExchange.messageBytes, delayMilliseconds: 3_600_000)
    }
    try await QueueUnderTest.with(.tcp, service) { echod in
      let fitting = HeldReplies<UInt64>.byteLimit / (StreamExchange.messageBytes + 256)
      let clients = try (0..<fitting + 3).map { _ in try PlainSocket(connectedTo: echod.endpoint) }
      for client in clients { try await client.send([1]) }
      #expect(
        await eventually {
          echod.statistics[.messagesReceived] == UInt64(clients.count) && echod.statistics[.overLimit] == 3
        })
      #expect(echod.statistics[.messagesSent] == 0)
    }
  }

  @Test("a reply over TCP waits for its time, and so do those after it")
  func delayedStream() async throws {
    try await QueueUnderTest.with(.tcp, .delayed(milliseconds: 100)) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send([1])
      #expect(await eventually { echod.statistics[.messagesReceived] == 1 })
      try await client.send([2])
      #expect(try await client.receive(exactly: 2) == [1, 2])
      #expect(await eventually { echod.statistics[.messagesSent] == 2 })
    }
  }

  @Test("a connection is not read from while its reply is held")
  func heldIsNotRead() async throws {
    try await QueueUnderTest.with(.tcp, .delayed(milliseconds: 3_600_000)) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send([1])
      #expect(await eventually { echod.statistics[.messagesReceived] == 1 })
      try await client.send([2])
      await echod.queue.serveWaiting()
      #expect(echod.statistics[.messagesReceived] == 1 && echod.statistics[.messagesSent] == 0)
    }
  }

  @Test("a connection that is held and whose peer resets it is closed at once")
  func resetWhileHeld() async throws {
    try await QueueUnderTest.with(.tcp, .delayed(milliseconds: 3_600_000)) { echod in
      do {
        let client = try PlainSocket(connectedTo: echod.endpoint)
        try await client.send([1])
        #expect(await eventually { echod.statistics[.messagesReceived] == 1 })
        client.resetOnClose()
      }
      #expect(await eventually { echod.statistics[.clientsCurrent] == 0 })
      #expect(echod.statistics[.sendFailed] == 1)
    }
  }

  @Test("shutdown waits for replies that are held, within its grace period", arguments: Transport.allCases)
  func drain(transport: Transport) async throws {
    try await QueueUnderTest.with(transport, .delayed(milliseconds: 200)) { echod in
      let client = try PlainSocket(transport == .udp ? .udp : .tcp)
      try client.connect(to: echod.endpoint)
      try await client.send([1])
      #expect(await eventually { echod.statistics[.messagesReceived] == 1 })
      await QueueUnderTest.stop(echod.queue, graceMilliseconds: 60_000)
      #expect(try await client.receive() == [1])
    }
  }

  @Test(
    "shutdown sends replies early that are held beyond its grace period", arguments: Transport.allCases)
  func drainDeadline(transport: Transport) async throws {
    try await QueueUnderTest.with(transport, .delayed(milliseconds: 3_600_000)) { echod in
      let client = try PlainSocket(transport == .udp ? .udp : .tcp)
      try client.connect(to: echod.endpoint)
      try await client.send([1])
      #expect(await eventually { echod.statistics[.messagesReceived] == 1 })
      await QueueUnderTest.stop(echod.queue, graceMilliseconds: 0)
      #expect(try await client.receive() == [1])
      #expect(echod.statistics[.messagesSent] == 1 && echod.statistics[.clientsCurrent] == 0)
      #expect(echod.statistics.droppedTotal == 0)
    }
  }

  @Test("a refusal of the responder is counted under its reason", arguments: Transport.allCases)
  func refusal(transport: Transport) async throws {
    try await QueueUnderTest.with(transport, .test { _ in .refusal(.overLimit) }) { echod in
      let client = try PlainSocket(transport == .udp ? .udp : .tcp)
      try client.connect(to: echod.endpoint)
      try await client.send([1])
      #expect(
        await eventually { echod.statistics[.overLimit] == 1 && echod.statistics[.messagesReceived] == 1 })
      #expect(echod.statistics[.messagesSent] == 0)
    }
  }

  @Test("a reply over UDP is cut to the length of its request")
  func longDatagram() async throws {
    let service = Service.test { $0.write(Array("a long reply".utf8)) }
    try await QueueUnderTest.with(.udp, service) { echod in
      let client = try PlainSocket(.udp)
      for length in [0, 1, 6, 40] {
        try client.send([UInt8](repeating: 0, count: length), to: echod.endpoint)
        #expect(try await client.receiveDatagram().bytes == Array("a long reply".utf8.prefix(length)))
      }
    }
  }

  @Test("a reply over TCP may be longer than its message, even the longest")
  func longStream() async throws {
    let long = [UInt8](repeating: 9, count: StreamExchange.messageBytes + ServiceRequest.replyRoomBytes)
    try await QueueUnderTest.with(.tcp, .test { $0.write(long) }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send([1])
      #expect(try await client.receive(exactly: long.count) == long)
    }
  }

  @Test(
    "a responder is told who the client is, and which of our endpoints was asked",
    arguments: Transport.allCases)
  func request(transport: Transport) async throws {
    let seen = Mutex<(client: Endpoint?, local: Endpoint?)>((nil, nil))
    let service = Service.test(needs: .localEndpoint) { request in
      seen.withLock { $0 = (request.client, request.local) }
      return .reply(byteCount: request.byteCount)
    }
    try await QueueUnderTest.with(transport, service) { echod in
      let client = try PlainSocket(transport == .udp ? .udp : .tcp)
      try client.connect(to: echod.endpoint)
      try await client.send([1])
      #expect(try await client.receive() == [1])
      let (from, to) = seen.withLock { $0 }
      #expect(try from == client.localEndpoint() && to == echod.endpoint)
    }
  }
}
