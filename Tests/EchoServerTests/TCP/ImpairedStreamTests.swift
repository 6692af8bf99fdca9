import EchoCore
import Testing
import TestSupport

@testable import EchoServer

extension ListenerConfiguration {
  /// Impairs the replies.
  mutating func impair(_ change: (inout Impairment) -> Void) {
    var impairment = impair ?? Impairment()
    change(&impairment)
    impair = impairment
  }
}

@Suite("The replies of an impaired TCP listener: delay and pace")
struct ImpairedStreamTests {
  /// How long a body took.
  private func time(_ body: () async throws -> Void) async rethrows -> Duration {
    let start = ContinuousClock.now
    try await body()
    return ContinuousClock.now - start
  }

  @Test("wait for their delay, keep their order, and are counted once")
  func delay() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.impair { $0.delayMilliseconds = 60 } }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let took = try await time {
        for number in 1...3 as ClosedRange<UInt8> {
          try await client.send([number])
          await echod.queue.serveWaiting()
        }
        #expect(try await client.receive(exactly: 3) == [1, 2, 3])
      }
      // The second waited for the first: the connection is not read from while a reply waits.
      #expect(took >= .milliseconds(120))
      #expect(await eventually { echod.statistics[.delayed] == echod.statistics[.messagesReceived] })
    }
  }

  @Test("wait for the responder's own delay too, which does not count as an impairment")
  func responderDelay() async throws {
    try await QueueUnderTest.with(
      .tcp, .delayed(milliseconds: 50), change: { $0.impair { $0.delayMilliseconds = 50 } }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let took = try await time {
        try await client.send([1])
        #expect(try await client.receive() == [1])
      }
      #expect(took >= .milliseconds(100) && echod.statistics[.delayed] == 1)
      await echod.change { $0.impair = nil }
      try await client.send([2])
      #expect(try await client.receive() == [2])
      #expect(echod.statistics[.delayed] == 1)
    }
  }

  @Test("reach a client that has half-closed its connection, and then its end")
  func halfClosed() async throws {
    try await QueueUnderTest.with(
      .tcp, .echo, change: { $0.impair { ($0.delayMilliseconds, $0.bytesPerSecond) = (50, 10_000) } }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let message = noise(1000)
      try await client.send(message)
      client.shutdownSending()
      #expect(try await client.receiveToEnd() == message)
    }
  }

  @Test("outlast the idle timeout, which begins when the reply is sent")
  func idle() async throws {
    try await QueueUnderTest.with(
      .tcp, .echo,
      change: {
        $0.idleTimeoutSeconds = 1
        $0.impair { $0.delayMilliseconds = 2500 }
      }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send([1])
      #expect(try await client.receive() == [1])
      #expect(try await client.receive() == [])
    }
  }

  @Test("close a connection that is reset while one waits", arguments: [false, true])
  func resetMeanwhile(isBegun: Bool) async throws {
    try await QueueUnderTest.with(
      .tcp, .echo,
      change: { $0.impair { if isBegun { $0.bytesPerSecond = 50 } else { $0.delayMilliseconds = 60_000 } } }
    ) { echod in
      do {
        let client = try PlainSocket(connectedTo: echod.endpoint)
        try await client.send(noise(10_000))
        if isBegun { #expect(try await !client.receive().isEmpty) }
        #expect(await eventually { echod.statistics[.delayed] == 1 })
        client.resetOnClose()
      }
      #expect(
        await eventually { echod.statistics[.clientsCurrent] == 0 && echod.statistics[.sendFailed] == 1 })
    }
  }

  @Test("leave no faster than their pace, and whole", arguments: [1, 500, 100_000])
  func pace(messageBytes: Int) async throws {
    let bytesPerSecond = 100_000
    try await QueueUnderTest.with(
      .tcp, .echo, change: { $0.impair { $0.bytesPerSecond = bytesPerSecond } }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let message = noise(20_000)
      let took = try await time {
        for start in stride(from: 0, to: message.count, by: max(20, messageBytes)) {
          let part = Array(message[start..<min(start + max(20, messageBytes), message.count)])
          try await client.send(part)
          #expect(try await client.receive(exactly: part.count) == part)
        }
      }
      // A wait of less than a millisecond is left out.
      #expect(took >= .milliseconds(199))
      #expect(
        await eventually { echod.statistics[.bytesSent] == 20_000 && echod.statistics[.delayed] > 0 })
    }
  }

  @Test("leave byte after byte, each in its time, on a slow line")
  func slowLine() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.impair { $0.bytesPerSecond = 20 } }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let start = ContinuousClock.now
      try await client.send([1, 2, 3, 4])
      for number in 1...4 as ClosedRange<UInt8> {
        #expect(try await client.receive(upTo: 1) == [number])
        #expect(ContinuousClock.now - start >= .milliseconds(50 * Int(number) - 1))
      }
      #expect(await eventually { echod.statistics[.messagesSent] == 1 && echod.statistics[.delayed] == 1 })
    }
  }

  @Test("do not wait for the replies of other connections")
  func ownLines() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.impair { $0.bytesPerSecond = 1000 } }) { echod in
      let (busy, quick) = (
        try PlainSocket(connectedTo: echod.endpoint), try PlainSocket(connectedTo: echod.endpoint)
      )
      try await busy.send(noise(60_000))
      #expect(await eventually { echod.statistics[.messagesReceived] == 1 })
      try await quick.send([1])
      #expect(try await quick.receive() == [1])
      #expect(echod.statistics[.bytesSent] < 30_000)
    }
  }

  @Test("are as many bytes as were sent, when the client reads late and the pace is fast")
  func stalled() async throws {
    try await QueueUnderTest.with(
      .tcp, .echo, change: { $0.impair { ($0.bytesPerSecond, $0.sliceBytes) = (20_000_000, 1000) } }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      client.setReceiveBuffer(32_768)
      let message = noise(3_000_000)
      async let sent: Void = client.send(message)
      #expect(await eventually { echod.statistics[.delayed] > 0 })
      #expect(try await client.receive(exactly: message.count).isSame(as: message))
      try await sent
    }
  }

  @Test("are dropped when they would take too much memory, and the next ones are not")
  func memory() async throws {
    let service = Service.test { _ in .reply(byteCount: StreamExchange.messageBytes) }
    try await QueueUnderTest.with(
      .tcp, service, change: { $0.impair { $0.delayMilliseconds = 60_000 } }
    ) { echod in
      let fitting = WaitingReplies.byteLimit / (StreamExchange.messageBytes + WaitingReplies.entryBytes)
      var clients = try (0..<fitting + 3).map { _ in try PlainSocket(connectedTo: echod.endpoint) }
      for client in clients { try await client.send([1]) }
      #expect(await eventually { echod.statistics[.overLimit] == 3 })
      #expect(echod.statistics[.delayed] == UInt64(fitting))
      // Their memory comes back when they leave, not when their replies were due.
      for client in clients { client.resetOnClose() }
      clients = []
      #expect(await eventually { echod.statistics[.clientsCurrent] == 0 })
      let next = try PlainSocket(connectedTo: echod.endpoint)
      try await next.send([1])
      #expect(await eventually { echod.statistics[.delayed] == UInt64(fitting) + 1 })
    }
  }

  @Test("come as the new policy says after a reload; one that waits keeps its time")
  func reload() async throws {
    try await QueueUnderTest.with(.tcp, .echo) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send([1])
      #expect(try await client.receive() == [1])
      #expect(echod.statistics[.delayed] == 0)
      await echod.change { $0.impair { $0.delayMilliseconds = 300 } }
      let took = try await time {
        try await client.send([2])
        #expect(await eventually { echod.statistics[.messagesReceived] == 2 })
        await echod.change { $0.impair = nil }
        #expect(try await client.receive() == [2])
      }
      #expect(took >= .milliseconds(300))
      try await client.send([3])
      #expect(try await client.receive() == [3])
      #expect(echod.statistics[.delayed] == 1)
    }
  }

  @Test("leave at once after a reload that ends their pace")
  func reloadPace() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.impair { $0.bytesPerSecond = 100 } }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let message = noise(100_000)
      try await client.send(message)
      #expect(try await client.receive(exactly: 2) == Array(message.prefix(2)))
      await echod.change { $0.impair = nil }
      #expect(try await client.receive(exactly: message.count - 2) == Array(message.dropFirst(2)))
    }
  }

  @Test("are sent within the grace period of a stop, at their pace")
  func drain() async throws {
    try await QueueUnderTest.with(
      .tcp, .echo, change: { $0.impair { ($0.delayMilliseconds, $0.bytesPerSecond) = (100, 10_000) } }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let message = noise(1000)
      try await client.send(message)
      #expect(await eventually { echod.statistics[.delayed] == 1 })
      async let received = client.receiveToEnd()
      let took = await time { await QueueUnderTest.stop(echod.queue, graceMilliseconds: 60_000) }
      #expect(try await received == message)
      #expect(took < .seconds(50))
    }
  }

  @Test("are sent early at the end of the grace period, even if a part was sent before")
  func drainDeadline() async throws {
    try await QueueUnderTest.with(.tcp, .echo, change: { $0.impair { $0.bytesPerSecond = 100 } }) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(noise(1000))
      #expect(try await client.receive(exactly: 2) == Array(noise(1000).prefix(2)))
      await QueueUnderTest.stop(echod.queue, graceMilliseconds: 0)
      #expect(echod.statistics[.sendFailed] == 0 && echod.statistics[.messagesSent] == 1)
      #expect(try await client.receiveToEnd() == Array(noise(1000).dropFirst(2)))
    }
  }

  @Test("are sent early in one piece if they would leave in slices")
  func drainSlices() async throws {
    try await QueueUnderTest.with(
      .tcp, .echo, change: { $0.impair { ($0.delayMilliseconds, $0.sliceBytes) = (60_000, 1) } }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      try await client.send(noise(1000))
      #expect(await eventually { echod.statistics[.messagesReceived] == 1 })
      await QueueUnderTest.stop(echod.queue, graceMilliseconds: 0)
      #expect(try await client.receiveToEnd() == noise(1000))
      #expect(echod.statistics[.messagesSent] == 1 && echod.statistics.droppedTotal == 0)
    }
  }

  @Test("are followed by the end of a connection that is closed after its reply")
  func closeAfterReply() async throws {
    try await QueueUnderTest.with(
      .tcp, .echo,
      change: {
        $0.closeAfterReply = true
        $0.impair { ($0.delayMilliseconds, $0.bytesPerSecond, $0.sliceBytes) = (30, 50_000, 7) }
      }
    ) { echod in
      let client = try PlainSocket(connectedTo: echod.endpoint)
      let message = noise(1500)
      try await client.send(message)
      #expect(try await client.receiveToEnd() == message)
      #expect(echod.statistics[.messagesSent] == 1 && echod.statistics[.delayed] == 1)
    }
  }
}
