import Addresses
import EchoCore
import EchoServer
import Testing
import TestSupport

@Suite("A TCP listener")
struct StreamQueueTests {
  @Test("answers on a connection as long as the client talks", arguments: ["127.0.0.1", "::1"])
  func conversation(address: String) async throws {
    try await ServerUnderTest.with([.test(.tcp, on: address)]) { echod in
      let client = try await echod.connect("tcp", on: address)
      for word in ["hello", "Grüße, 7", "\n", "z"] {
        let message = Array(word.utf8)
        try await client.send(message)
        #expect(try await client.receive(exactly: message.count) == inCapitals(message))
      }
    }
  }

  @Test("takes IPv4 clients on the IPv6 wildcard too")
  func dualStack() async throws {
    try await ServerUnderTest.with([.test(.tcp, on: "::")]) { echod in
      for address in ["127.0.0.1", "::1"] {
        let client = try await echod.connect("tcp", on: address)
        try await client.send(Array("hello".utf8))
        #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
      }
    }
  }

  @Test("sends back 5 MB that were sent and half-closed, and then its own end")
  func halfClose() async throws {
    try await ServerUnderTest.with([.test(.tcp)]) { echod in
      let client = try await echod.connect("tcp")
      let message = noise(5_000_000)
      async let received = client.receiveToEnd()
      try await client.send(message)
      client.shutdownSending()
      #expect(try await received == inCapitals(message))
      let statistics = try await echod.statistics("tcp")
      #expect(statistics[.bytesReceived] == 5_000_000 && statistics[.bytesSent] == 5_000_000)
      #expect(statistics[.messagesReceived] == statistics[.messagesSent])
    }
  }

  @Test("sends urgent bytes back in their place")
  func urgentBytes() async throws {
    try await ServerUnderTest.with([.test(.tcp)]) { echod in
      let client = try await echod.connect("tcp")
      client.sendUrgently(Array("abc".utf8))
      try await client.send(Array("de".utf8))
      #expect(try await client.receive(exactly: 5) == Array("ABCDE".utf8))
    }
  }

  @Test("is not read from while it does not read, and gets every byte once it does")
  func backpressure() async throws {
    try await ServerUnderTest.with([.test(.tcp, .echo)]) { echod in
      let client = try await echod.connect("tcp")
      let chunk = noise(65_536)
      // What a client can send without reading is bounded: two kernels' buffers and one of ours.
      var sent = 0
      let isStalled = try await eventually {
        let more = client.sendWhileItFits(chunk)
        sent += more
        let statistics = try await echod.statistics("tcp")
        return more == 0 && statistics[.messagesReceived] == statistics[.messagesSent] + 1
      }
      #expect(isStalled)
      client.shutdownSending()
      let received = try await client.receiveToEnd()
      #expect(received.count == sent)
      #expect(received[..<65_536] == chunk[...])
      let statistics = try await echod.statistics("tcp")
      #expect(
        statistics[.bytesSent] == UInt64(sent) && statistics[.messagesReceived] == statistics[.messagesSent])
    }
  }

  @Test("serves the others while some never read")
  func stalledClients() async throws {
    try await ServerUnderTest.with([.test(.tcp, .echo)], drainSeconds: 0) { echod in
      let chunk = noise(65_536)
      let stalled = try await (0..<10).asyncMap { _ in try await echod.connect("tcp") }
      for client in stalled { _ = client.sendWhileItFits(chunk) }
      let client = try await echod.connect("tcp")
      try await client.send(Array("hello".utf8))
      #expect(try await client.receive(exactly: 5) == Array("hello".utf8))
      #expect(try await echod.statistics("tcp")[.clientsCurrent] == 11)
    }
  }

  @Test("ends the connection that is reset, and no other")
  func reset() async throws {
    try await ServerUnderTest.with([.test(.tcp)]) { echod in
      let survivor = try await echod.connect("tcp")
      do {
        let rude = try await echod.connect("tcp")
        _ = rude.sendWhileItFits(noise(65_536))
        rude.resetOnClose()
      }
      #expect(try await eventually { try await echod.statistics("tcp")[.clientsCurrent] == 1 })
      try await survivor.send(Array("still here".utf8))
      #expect(try await survivor.receive(exactly: 10) == Array("STILL HERE".utf8))
    }
  }

  @Test("serves a thousand connections at once")
  func thousandConnections() async throws {
    try await ServerUnderTest.with([.test(.tcp, .echo)]) { echod in
      do {
        let clients = try await (0..<1000).asyncMap { _ in try await echod.connect("tcp") }
        for (number, client) in clients.enumerated() { try await client.send(Array("\(number)".utf8)) }
        for (number, client) in clients.enumerated() {
          #expect(try await client.receive() == Array("\(number)".utf8))
        }
        #expect(try await echod.statistics("tcp")[.clientsCurrent] == 1000)
      }
      #expect(try await eventually { try await echod.statistics("tcp")[.clientsCurrent] == 0 })
    }
  }

  @Test("closes after its reply when it is the course's server, and loses nothing of the reply")
  func closeAfterReply() async throws {
    try await ServerUnderTest.with([.test(.tcp) { $0.closeAfterReply = true }]) { echod in
      let client = try await echod.connect("tcp")
      try await client.send(Array("hello".utf8))
      #expect(try await client.receiveToEnd() == Array("HELLO".utf8))
      // More after the reply is neither answered nor the cause of a reset.
      try await client.send(noise(10_000))
      #expect(try await client.receive().isEmpty)
      #expect(try await echod.statistics("tcp")[.messagesReceived] == 1)
    }
  }

  @Test("lets a client go that never sends its end after the reply")
  func clientThatStays() async throws {
    try await ServerUnderTest.with([.test(.tcp) { $0.closeAfterReply = true }]) { echod in
      let client = try await echod.connect("tcp")
      try await client.send(Array("hello".utf8))
      #expect(try await client.receiveToEnd() == Array("HELLO".utf8))
      #expect(try await eventually { try await echod.statistics("tcp")[.clientsCurrent] == 0 })
      withExtendedLifetime(client) {}
    }
  }

  @Test("answers nothing when it discards, and still ends as the client does")
  func discard() async throws {
    try await ServerUnderTest.with([.test(.tcp, .discard)]) { echod in
      let client = try await echod.connect("tcp")
      try await client.send(noise(1_000_000))
      client.shutdownSending()
      #expect(try await client.receiveToEnd().isEmpty)
      let statistics = try await echod.statistics("tcp")
      #expect(
        statistics[.bytesReceived] == 1_000_000 && statistics[.bytesSent] == 0 && statistics.droppedTotal == 0
      )
    }
  }

  @Test("counts exactly what was sent and answered, the moment after")
  func exactFigures() async throws {
    try await ServerUnderTest.with([.test(.tcp)]) { echod in
      for count in 1...20 {
        do {
          let client = try await echod.connect("tcp")
          try await client.send(Array("hello\n".utf8))
          _ = try await client.receive(exactly: 6)
          #expect(try await echod.statistics("tcp")[.clientsCurrent] == 1)
        }
        let statistics = try await echod.statistics("tcp")
        #expect(statistics[.messagesReceived] == UInt64(count) && statistics[.messagesSent] == UInt64(count))
        #expect(
          statistics[.bytesReceived] == UInt64(6 * count) && statistics[.bytesSent] == UInt64(6 * count))
        #expect(statistics[.clientsTotal] == UInt64(count))
        // A program that another test starts holds our end open from its fork to its exec.
        #expect(try await eventually { try await echod.statistics("tcp")[.clientsCurrent] == 0 })
      }
    }
  }

  @Test("answers on each of its queues, from one port")
  func queues() async throws {
    try await ServerUnderTest.with([.test(.tcp) { $0.queues = 4 }]) { echod in
      for _ in 0..<64 {
        let client = try await echod.connect("tcp")
        try await client.send(Array("hello".utf8))
        #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
      }
      #expect(try await echod.statistics("tcp")[.clientsTotal] == 64)
    }
  }

  @Test("refuses connections over its limit, counts them, and takes new ones once some leave")
  func maxConnections() async throws {
    try await ServerUnderTest.with([.test(.tcp) { $0.maxConnections = 2 }]) { echod in
      let first = try await echod.connect("tcp")
      do {
        let second = try await echod.connect("tcp")
        let third = try await echod.connect("tcp")
        #expect(try await third.receiveToEnd().isEmpty)
        try await second.send(Array("two".utf8))
        #expect(try await second.receive(exactly: 3) == Array("TWO".utf8))
        #expect(try await echod.statistics("tcp")[.overLimit] == 1)
      }
      #expect(try await eventually { try await echod.statistics("tcp")[.clientsCurrent] == 1 })
      let fourth = try await echod.connect("tcp")
      try await fourth.send(Array("four".utf8))
      #expect(try await fourth.receive(exactly: 4) == Array("FOUR".utf8))
      withExtendedLifetime(first) {}
    }
  }

  @Test("lets connections wait while the process's descriptors are used up, and serves them later")
  func descriptorLimit() async throws {
    // One connection is served at a time.
    try await ServerUnderTest.with([.test(.tcp)], descriptorLimit: ServerUnderTest.leastDescriptors) {
      echod in
      var clients = try await (0..<30).asyncMap { _ in try await echod.connect("tcp") }
      for client in clients { try await client.send(Array("hello".utf8)) }
      let served = try await echod.statistics("tcp")[.clientsCurrent]
      #expect(served == 1)
      while !clients.isEmpty {
        let client = clients.removeFirst()
        #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
      }
      #expect(try await echod.statistics("tcp")[.clientsTotal] == 30)
    }
  }

  @Test("answers nobody outside of the networks it is for, and counts it")
  func access() async throws {
    try await ServerUnderTest.with([
      .test(.tcp, on: "0.0.0.0") { $0.allow = [try? Prefix("127.0.0.2/32")].compactMap(\.self) }
    ]) { echod in
      let stranger = try await echod.connect("tcp")
      _ = try await stranger.receiveToEndOrReset()
      #expect(try await echod.statistics("tcp")[.denied] == 1)
      #expect(try await echod.statistics("tcp")[.clientsTotal] == 0)
    }
  }
}
