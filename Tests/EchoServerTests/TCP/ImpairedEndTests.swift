import EchoCore
import Glibc
import Testing
import TestSupport

@testable import EchoServer

@Suite("The connections of an impaired TCP listener: slices, ends and resets")
struct ImpairedEndTests {
  /// How many segments with data have reached a client. See tcp(7), TCP_INFO.
  private func dataSegments(_ client: PlainSocket) -> Int {
    // Linux's struct is longer than the one that glibc knows: tcpi_data_segs_in is at 152.
    var info = [UInt8](repeating: 0, count: 256)
    var length = socklen_t(info.count)
    getsockopt(client.number, Int32(IPPROTO_TCP), TCP_INFO, &info, &length)
    return Int(info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 152, as: UInt32.self) })
  }

  @Test("send segments of the given size, and whole replies after a reload, and the other way round")
  func slices() async throws {
    for sliceBytes in [nil, 1] as [Int?] {
      try await QueueUnderTest.with(.tcp, .echo, change: { $0.impair { $0.sliceBytes = sliceBytes } }) {
        echod in
        let client = try PlainSocket(connectedTo: echod.endpoint)
        var segments: [Int] = []
        for isChanged in [false, true] {
          if isChanged { await echod.change { $0.impair { $0.sliceBytes = sliceBytes == nil ? 1 : nil } } }
          let before = dataSegments(client)
          try await client.send(noise(10))
          #expect(try await client.receive(exactly: 10) == noise(10))
          segments.append(dataSegments(client) - before)
        }
        // On a busy machine the kernel sends a segment again now and then.
        let (whole, sliced) = sliceBytes == nil ? (segments[0], segments[1]) : (segments[1], segments[0])
        #expect(whole < 5 && sliced >= 10)
      }
    }
  }

  @Test("give other connections a turn after some slices, and send everything in the end")
  func manySlices() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.impair { $0.sliceBytes = 1 } }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let message = noise(50_000)
      async let received = client.receive(exactly: message.count)
      try await client.send(message)
      #expect(try await received == message)
      #expect(
        await eventually {
          let statistics = echod.statistics
          return statistics[.bytesSent] == 50_000
            && statistics[.messagesSent] == statistics[.messagesReceived]
        })
    }
  }

  @Test("end after the given bytes of replies, the last of which is cut and dropped")
  func close() async throws {
    try await QueueUnderTest.with(.tcp, .uppercase, change: { $0.impair { $0.closeAfterBytes = 12 } }) {
      echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(Array("abcde".utf8))
      #expect(try await client.receive(exactly: 5) == Array("ABCDE".utf8))
      try await client.send(Array("fghijklmn".utf8))
      #expect(try await client.receiveToEnd() == Array("FGHIJKL".utf8))
      let statistics = echod.statistics
      #expect(statistics[.closed] == 1 && statistics[.reset] == 0 && statistics[.impaired] == 1)
      #expect(statistics[.messagesSent] == 1 && statistics[.bytesSent] == 12)
      #expect(await eventually { echod.statistics[.clientsCurrent] == 0 })
    }
  }

  @Test("end after a whole reply that is just as long, which is not dropped")
  func exactClose() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.impair { $0.closeAfterBytes = 5 } }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send([1, 2, 3, 4, 5])
      #expect(try await client.receiveToEnd() == [1, 2, 3, 4, 5])
      let statistics = echod.statistics
      #expect(statistics[.closed] == 1 && statistics[.impaired] == 0 && statistics[.messagesSent] == 1)
    }
  }

  @Test("are reset after the given bytes, all of which arrive", arguments: [1, 5, 10_000, 200_000])
  func reset(limit: Int) async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.impair { $0.resetAfterBytes = limit } }) {
      echod in
      // All of it fits, so that it is acknowledged even if this test does not come to read it for a while.
      let client = try PlainSocket(.tcp)
      client.setReceiveBuffer(1 << 20)
      try client.connect(to: echod.endpoint)
      let message = noise(limit + 7)
      async let sent: Void? = try? client.send(message)
      #expect(try await client.receive(exactly: limit).isSame(as: Array(message.prefix(limit))))
      await #expect { try await client.receive() } throws: {
        ($0 as? PlainSocket.Failure)?.code == ECONNRESET
      }
      _ = await sent
      let statistics = echod.statistics
      #expect(statistics[.reset] == 1 && statistics[.closed] == 0 && statistics[.impaired] == 1)
      #expect(statistics[.bytesSent] == UInt64(limit) && statistics[.clientsCurrent] == 0)
    }
  }

  @Test("are reset although the client does not read, after some time")
  func resetUnread() async throws {
    let service = Service.test { _ in .reply(byteCount: StreamExchange.messageBytes) }
    try await QueueUnderTest.with(.tcp, service, change: { $0.impair { $0.resetAfterBytes = 250_000 } }) {
      echod in
      let client = try PlainSocket(.tcp)
      client.setReceiveBuffer(4096)
      try client.connect(to: echod.endpoint)
      try await client.send([1])
      #expect(await eventually { echod.statistics[.reset] == 1 })
      #expect(await eventually { echod.statistics[.clientsCurrent] == 0 })
    }
  }

  @Test(
    "end as the smaller limit says, or as closed if the two are equal",
    arguments: [(5, 9, false), (9, 5, true), (5, 5, false)])
  func both(closeAfter: Int, resetAfter: Int, isReset: Bool) async throws {
    try await QueueUnderTest.with(
      .tcp, .echo,
      change: { $0.impair { ($0.closeAfterBytes, $0.resetAfterBytes) = (closeAfter, resetAfter) } }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(noise(20))
      #expect(try await client.receive(exactly: 5) == Array(noise(20).prefix(5)))
      if isReset {
        await #expect(throws: PlainSocket.Failure.self) { try await client.receive() }
      } else {
        #expect(try await client.receive() == [])
      }
      #expect(echod.statistics[.reset] == (isReset ? 1 : 0) && echod.statistics[.closed] == (isReset ? 0 : 1))
    }
  }

  @Test("count what they sent before a reload: beyond a new limit, the next reply is not sent at all")
  func reload() async throws {
    try await QueueUnderTest.with(.tcp, .echo) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(noise(10))
      #expect(try await client.receive(exactly: 10) == noise(10))
      await echod.change { $0.impair { $0.closeAfterBytes = 10 } }
      try await client.send([1])
      #expect(try await client.receiveToEnd() == [])
      let statistics = echod.statistics
      #expect(statistics[.closed] == 1 && statistics[.impaired] == 1 && statistics[.messagesSent] == 1)
    }
  }

  @Test(
    "end at their limit even if their replies wait, are paced, and leave in slices",
    arguments: [false, true])
  func everything(isReset: Bool) async throws {
    try await QueueUnderTest.with(
      .tcp, .echo,
      change: {
        $0.impair {
          ($0.delayMilliseconds, $0.bytesPerSecond, $0.sliceBytes) = (20, 20_000, 3)
          if isReset { $0.resetAfterBytes = 1000 } else { $0.closeAfterBytes = 1000 }
        }
      }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let message = noise(3000)
      try await client.send(message)
      #expect(try await client.receive(exactly: 1000) == Array(message.prefix(1000)))
      let rest = try await client.receiveToEndOrReset()
      #expect(rest == (isReset ? nil : []))
      let statistics = echod.statistics
      #expect(statistics[.impaired] == 1 && statistics[.delayed] == 1 && statistics[.messagesSent] == 0)
      #expect(statistics[isReset ? .reset : .closed] == 1)
    }
  }

  @Test("are reset when there is no room for their reply, until a connection with one has ended")
  func noRoom() async throws {
    let service = Service.test { _ in .reply(byteCount: StreamExchange.messageBytes) }
    try await QueueUnderTest.with(.tcp, service, change: { $0.impair { $0.delayMilliseconds = 3_600_000 } }) {
      echod in
      let fitting = WaitingReplies.byteLimit / (StreamExchange.messageBytes + WaitingReplies.entryBytes)
      func ask(_ number: UInt64) async throws -> PlainSocket {
        let client = try PlainSocket(connectedTo: echod.endpoint)
        try await client.send([1])
        #expect(await eventually { echod.statistics[.messagesReceived] == number })
        return client
      }
      var clients: [PlainSocket] = []
      for number in 1...UInt64(fitting) { clients.append(try await ask(number)) }
      let refused = try await ask(UInt64(fitting) + 1)
      await #expect(throws: PlainSocket.Failure.self) { try await refused.receive() }
      #expect(echod.statistics[.overLimit] == 1 && echod.statistics[.clientsCurrent] == UInt64(fitting))
      clients.removeLast().resetOnClose()
      #expect(await eventually { echod.statistics[.clientsCurrent] == UInt64(fitting) - 1 })
      let last = try await ask(UInt64(fitting) + 2)
      #expect(echod.statistics[.overLimit] == 1 && !last.hasInput())
    }
  }
}
