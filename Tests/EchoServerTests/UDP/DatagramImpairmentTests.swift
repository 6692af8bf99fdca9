import Addresses
@testable import EchoCore
import Testing
import TestSupport

@testable import EchoServer

@Suite("Impairments over UDP")
struct DatagramImpairmentTests {
  /// A listener that echoes and is impaired, and what happens to a client's first messages.
  private static func listener(
    _ service: Service = .echo, _ change: (inout Impairment) -> Void
  ) -> (ListenerConfiguration, [Impairer.Fate]) {
    var impairment = Impairment()
    impairment.seed = 4711
    change(&impairment)
    let configuration = ListenerConfiguration.test(.udp, service) { $0.impair = impairment }
    let impairer = Impairer(impairment, drawnSeed: 0)
    return (configuration, (0..<100).map { impairer.fate(of: UInt64($0)) })
  }

  @Test("lose the messages that the seed selects, for every client and in every run")
  func loss() async throws {
    let (listener, fates) = Self.listener { $0.lossPercent = 30 }
    let count = UInt8(100)
    let expected = (0..<count).filter { !fates[Int($0)].isLost }
    #expect(expected.count < 100 && expected.count > 40)
    for _ in 1...2 {
      try await ServerUnderTest.with([listener]) { echod in
        let server = try await echod.endpoint("udp")
        for _ in 1...2 {
          let client = try PlainSocket(.udp)
          for number in 0..<count { try client.send([number], to: server) }
          var received: [UInt8] = []
          for _ in expected { received += try await client.receiveDatagram().bytes }
          #expect(received == expected)
          #expect(!client.hasInput())
        }
        let statistics = try await echod.statistics("udp")
        let lost = UInt64(2 * (Int(count) - expected.count))
        #expect(statistics[.lost] == lost && statistics[.impaired] == lost)
        #expect(statistics[.messagesReceived] == 200 && statistics[.messagesSent] == 200 - lost)
      }
    }
  }

  @Test("of 100 percent lose everything, and those of 0 percent nothing", arguments: [0.0, 100.0])
  func bounds(percent: Double) async throws {
    let (listener, _) = Self.listener { $0.lossPercent = percent }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      for number in 0..<50 { try client.send([UInt8(number)], to: server) }
      #expect(await eventually { (try? await echod.statistics("udp"))?[.messagesReceived] == 50 })
      #expect(try await echod.statistics("udp")[.messagesSent] == (percent == 0 ? 50 : 0))
    }
  }

  @Test("send a reply twice")
  func duplicate() async throws {
    let (listener, _) = Self.listener { $0.duplicatePercent = 100 }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      client.setReceiveBuffer(1 << 20)
      for number in 0..<UInt8(100) { try client.send([number, 1], to: server) }
      for number in 0..<UInt8(100) {
        for _ in 0..<2 { #expect(try await client.receiveDatagram().bytes == [number, 1]) }
      }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.duplicated] == 100 && statistics[.messagesSent] == 200)
      #expect(statistics[.bytesSent] == 400 && statistics.droppedTotal == 0)
    }
  }

  @Test("flip one bit of a reply, the one that the seed says; an empty one has none")
  func corrupt() async throws {
    let (listener, fates) = Self.listener { $0.corruptPercent = 100 }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      for number in 0..<UInt64(50) {
        let message = noise(Int(number))
        try client.send(message, to: server)
        let reply = try await client.receiveDatagram().bytes
        guard let bit = fates[Int(number)].corruptedBit, number > 0 else {
          #expect(reply == message)
          continue
        }
        let position = Int(bit % (8 * number))
        var expected = message
        expected[position / 8] ^= 1 << UInt8(position % 8)
        #expect(reply == expected && reply != message)
      }
      #expect(try await echod.statistics("udp")[.corrupted] == 49)
    }
  }

  @Test("delay every reply by no less than the delay without its jitter")
  func delay() async throws {
    let (listener, _) = Self.listener { ($0.delayMilliseconds, $0.jitterMilliseconds) = (60, 20) }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      for number in 0..<UInt8(20) {
        let start = ContinuousClock.now
        try client.send([number], to: server)
        #expect(try await client.receiveDatagram().bytes == [number])
        // The queue's clock counts whole milliseconds.
        #expect(ContinuousClock.now - start >= .milliseconds(39))
      }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.delayed] == 20 && statistics[.reordered] == 0)
    }
  }

  @Test("send some replies at once while the others wait, and so change their order")
  func reorder() async throws {
    let (listener, fates) = Self.listener { ($0.delayMilliseconds, $0.reorderPercent) = (500, 50) }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      try await echod.whileHeld {
        for number in 0..<UInt8(40) { try client.send([number], to: server) }
      }
      var received: [UInt8] = []
      for _ in 0..<40 { received += try await client.receiveDatagram().bytes }
      let first = (0..<UInt8(40)).filter { fates[Int($0)].isReordered }
      #expect(received == first + (0..<40).filter { !first.contains($0) })
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.reordered] == UInt64(first.count))
      #expect(statistics[.delayed] == UInt64(40 - first.count))
    }
  }

  @Test("let a client's replies leave no faster than asked, and drop those that would wait over a second")
  func pace() async throws {
    let (listener, _) = Self.listener { $0.bytesPerSecond = 10_000 }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let clients = try (0..<2).map { _ in try PlainSocket(.udp) }
      let start = ContinuousClock.now
      try await echod.whileHeld {
        for client in clients {
          for number in 0..<UInt8(40) { try client.send([number] + noise(499), to: server) }
        }
      }
      #expect(await eventually { (try? await echod.statistics("udp"))?[.messagesReceived] == 80 })
      // The queue may have been late, so that more fit.
      for client in clients {
        for number in 0..<UInt8(21) {
          #expect(try await client.receiveDatagram().bytes.first == number)
          #expect(ContinuousClock.now - start >= .milliseconds(50 * Int(number) - 1))
        }
      }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.lost] > 0 && statistics[.lost] == statistics[.impaired])
      // The first reply of each client does not wait.
      #expect(statistics[.lost] + statistics[.delayed] == 78)
    }
  }

  @Test("count what they did only to replies that could be held")
  func full() async throws {
    let (listener, _) = Self.listener { ($0.delayMilliseconds, $0.duplicatePercent) = (3_600_000, 100) }
    try await ServerUnderTest.with([listener], drainSeconds: 0) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      let message = [UInt8](repeating: 7, count: 60_000)
      let copies = HeldReplies<Never>.byteLimit / (message.count + 256)
      let replies = (copies + 1) / 2
      for number in 1...UInt64(replies + 10) {
        try client.send(message, to: server)
        #expect(await eventually { (try? await echod.statistics("udp"))?[.messagesReceived] == number })
      }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.overLimit] == 10 && statistics[.delayed] == UInt64(replies))
      #expect(statistics[.duplicated] == UInt64(copies / 2))
    }
  }

  @Test("come after access lists and limits: what these refuse is not counted")
  func afterLimits() async throws {
    var (listener, fates) = Self.listener { $0.lossPercent = 50 }
    listener.rateLimit = RateLimit(perSecond: 1, burst: 5)
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      for number in 0..<UInt8(30) { try client.send([number], to: server) }
      #expect(await eventually { (try? await echod.statistics("udp"))?[.messagesReceived] == 30 })
      let statistics = try await echod.statistics("udp")
      let passed = 30 - statistics[.rateLimited]
      #expect(passed < 30 && statistics[.messagesSent] + statistics[.lost] == passed)
      #expect(statistics[.lost] == UInt64((0..<passed).count { fates[Int($0)].isLost }))
    }
  }

  @Test("can be changed, ended and begun by a reload, and a client's messages keep their numbers")
  func reload() async throws {
    let (losing, fates) = Self.listener { $0.lossPercent = 50 }
    let (idle, _) = Self.listener { _ in }
    let plain = ListenerConfiguration.test(.udp, .echo)
    // The listener, the numbers that its messages have for it, and whether it loses some of them.
    let phases: [(ListenerConfiguration, numbers: Range<Int>, isLosing: Bool)] = [
      (losing, 0..<20, true), (idle, 20..<40, false), (losing, 40..<60, true), (plain, 0..<20, false),
      (losing, 0..<20, true),
    ]
    try await ServerUnderTest.with([losing]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      for phase in phases {
        try await echod.apply([phase.0])
        for number in phase.numbers { try client.send([UInt8(number)], to: server) }
        for number in phase.numbers where !phase.isLosing || !fates[number].isLost {
          #expect(try await client.receiveDatagram().bytes == [UInt8(number)])
        }
      }
    }
  }

  @Test("make no reply longer than its request, nor more than twice the bytes received")
  func noAmplification() async throws {
    let (listener, _) = Self.listener(.identify) {
      ($0.duplicatePercent, $0.corruptPercent, $0.delayMilliseconds, $0.reorderPercent) = (100, 50, 5, 50)
    }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      for length in 0..<100 {
        try client.send([UInt8](repeating: 1, count: length), to: server)
        for _ in 0..<2 { #expect(try await client.receiveDatagram().bytes.count <= length) }
      }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.bytesSent] <= 2 * statistics[.bytesReceived])
    }
  }
}
