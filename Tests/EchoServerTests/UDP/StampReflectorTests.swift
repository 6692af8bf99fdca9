import Addresses
@testable import EchoCore
import Glibc
import Sockets
import TestSupport
import Testing

@testable import EchoServer

@Suite("A STAMP reflector")
struct StampReflectorTests {
  /// A sender's message with a sequence number, T1 now and a session identifier.
  private static func request(_ sequence: UInt32 = 0, sessionID: UInt16 = 0, _ tlvs: [UInt8] = []) -> [UInt8]
  {
    var bytes = [UInt8](repeating: 0, count: StampMessage.baseBytes) + tlvs
    let request = StampRequest(
      sequence: sequence, timestamp: StampTimeFormat.ntp.timestamp(of: SystemClock.epochNanoseconds()),
      errorEstimate: StampErrorEstimate(clockError: nil, format: .ntp), sessionID: sessionID)
    bytes.withUnsafeMutableBytes { request.write(to: $0) }
    return bytes
  }

  /// A reply, and its times T2 and T3.
  private struct Reply {
    let message: StampReply
    let arrived: Int64
    let left: Int64

    init(_ bytes: [UInt8]) throws {
      message = try #require(bytes.withUnsafeBytes { StampReply(reading: $0) })
      let (format, now) = (message.errorEstimate.format, SystemClock.epochNanoseconds())
      arrived = try #require(format.nanoseconds(of: message.receiveTimestamp, near: now))
      left = try #require(format.nanoseconds(of: message.timestamp, near: now))
    }
  }

  @Test(
    "says when a request arrived and when its reply left, and with which hop limit it came",
    arguments: [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "::1"), ("::", "127.0.0.1")],
    StampTimeFormat.allCases)
  func times(path: (bound: String, asked: String), format: StampTimeFormat) async throws {
    let listener = ListenerConfiguration.test(.udp, .stamp, on: path.bound) {
      $0.stamp = StampConfiguration()
      $0.stamp?.timestamps = format
    }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp", on: path.asked)
      let client = try PlainSocket(.udp, isIPv6: path.asked.contains(":"))
      client.setOption(Int32(IPPROTO_IP), Int32(IP_TTL), to: 255)
      if path.asked.contains(":") { client.setOption(Int32(IPPROTO_IPV6), Int32(IPV6_UNICAST_HOPS), to: 255) }
      for sequence in 0..<20 as Range<UInt32> {
        let request = Self.request(sequence)
        let before = SystemClock.epochNanoseconds()
        try client.send(request, to: server)
        let bytes = try await client.receiveDatagram().bytes
        let after = SystemClock.epochNanoseconds()
        let reply = try Reply(bytes)
        #expect(before <= reply.arrived && reply.arrived < reply.left && reply.left <= after)
        #expect(reply.message.errorEstimate.format == format)
        #expect(reply.message.sequence == sequence && reply.message.senderSequence == sequence)
        #expect(reply.message.senderHopLimit == 255)
        #expect(bytes.count == request.count && bytes[28..<36] == request[4..<12])
      }
    }
  }

  @Test("sends the replies of a batch with one time of departure, after all requests arrived")
  func batch() async throws {
    try await QueueUnderTest.with(.udp, .stamp) { echod in
      let client = try PlainSocket(.udp)
      try await echod.queue.executor.whileHeld {
        for sequence in 0..<10 as Range<UInt32> {
          try client.send(Self.request(sequence), to: echod.endpoint)
        }
      }
      var replies: [Reply] = []
      for _ in 0..<10 { replies.append(try Reply(try await client.receiveDatagram().bytes)) }
      #expect(replies.map(\.message.sequence) == Array(0..<10))
      #expect(zip(replies, replies.dropFirst()).allSatisfy { $0.arrived < $1.arrived })
      #expect(Set(replies.map(\.left)).count == 1)
      #expect(replies.allSatisfy { $0.arrived < $0.left })
    }
  }

  @Test("numbers replies per session on each of its queues, and counts the sessions as long as they last")
  func sessions() async throws {
    let listener = ListenerConfiguration.test(.udp, .stamp) { $0.queues = 2 }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      // Made before any is closed, so that the kernel gives no port twice.
      let clients = try (1...8).map { _ in try PlainSocket(.udp) }
      for client in clients {
        for sequence in 0..<5 as Range<UInt32> {
          for sessionID in [0, 7] as [UInt16] {
            try client.send(Self.request(100 + sequence, sessionID: sessionID), to: server)
            let reply = try Reply(try await client.receiveDatagram().bytes).message
            #expect(reply.sequence == sequence && reply.senderSequence == 100 + sequence)
            #expect(reply.sessionID == sessionID)
          }
        }
      }
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.sessionsCurrent] == 16 && statistics[.sessionsTotal] == 16)
      // New queues have no sessions.
      try await echod.apply([listener.changed { $0.queues = 1 }])
      let kept = try await echod.statistics("udp")
      #expect(kept[.sessionsCurrent] == 0 && kept[.sessionsTotal] == 16)
    }
  }

  @Test(
    "sends a reply with the DSCP that its request asks for, and else with its own",
    arguments: ["127.0.0.1", "::1"])
  func classOfService(address: String) async throws {
    try await ServerUnderTest.with([.test(.udp, .stamp, on: address)]) { echod in
      let server = try await echod.endpoint("udp", on: address)
      let isIPv6 = address.contains(":")
      let client = try PlainSocket(.udp, isIPv6: isIPv6)
      let level = Int32(isIPv6 ? IPPROTO_IPV6 : IPPROTO_IP)
      client.setOption(level, Int32(isIPv6 ? IPV6_TCLASS : IP_TOS), to: 0x29)
      client.setOption(level, Int32(isIPv6 ? IPV6_RECVTCLASS : IP_RECVTOS), to: 1)
      try client.send(Self.request(0, [0x80, 4, 0, 4, 46 << 2, 0, 0, 0]), to: server)
      let marked = try await client.receiveWithTrafficClass()
      #expect(marked.trafficClass == 46 << 2)
      // DSCP1 46, DSCP2 10, ECN 1.
      #expect(marked.bytes[44...] == [0, 4, 0, 4, 46 << 2, 0xA4, 0, 0])
      try client.send(Self.request(1), to: server)
      #expect(try await client.receiveWithTrafficClass().trafficClass == 0)
    }
  }

  @Test("drops what has no room for its reply, after the checks of every service")
  func malformed() async throws {
    let listener = ListenerConfiguration.test(.udp, .stamp) {
      $0.rateLimit = RateLimit(perSecond: 1, burst: 6)
    }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      // At one time, in which the limit grants no more.
      try await echod.whileHeld {
        for length in [0, 1, 14, 41, 43] { try client.send([UInt8](repeating: 0, count: length), to: server) }
        for sequence in 0...3 as ClosedRange<UInt32> { try client.send(Self.request(sequence), to: server) }
      }
      #expect(try Reply(try await client.receiveDatagram().bytes).message.sequence == 0)
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.malformed] == 5 && statistics[.rateLimited] == 3)
      #expect(statistics[.messagesReceived] == 9 && statistics[.messagesSent] == 1)
      #expect(statistics[.sessionsCurrent] == 1)
    }
  }

  @Test("answers a router that sends from the reflector's own port only with answerLowPorts")
  func ownPort() async throws {
    try await QueueUnderTest.with(.udp, .stamp) { echod in
      await echod.queue.guardLoops(with: LoopGuard(ownPorts: [echod.endpoint.port]))
      let address = try #require(IPAddress("127.0.0.2"))
      let router = try PlainSocket(.udp, boundTo: Endpoint(address: address, port: echod.endpoint.port))
      try router.send(Self.request(1), to: echod.endpoint)
      #expect(await eventually { echod.statistics[.loopGuard] == 1 })
      await echod.change { $0.answerLowPorts = true }
      try router.send(Self.request(2), to: echod.endpoint)
      #expect(try Reply(try await router.receiveDatagram().bytes).message.senderSequence == 2)
      await echod.change { $0.answerLowPorts = false }
      try router.send(Self.request(3), to: echod.endpoint)
      #expect(await eventually { echod.statistics[.loopGuard] == 2 })
      #expect(!router.hasInput())
    }
  }

  @Test("counts an impairment as part of the path, not as its own time")
  func impaired() async throws {
    var impairment = Impairment()
    impairment.delayMilliseconds = 100
    let listener = ListenerConfiguration.test(.udp, .stamp) { $0.impair = impairment }
    try await ServerUnderTest.with([listener]) { echod in
      let server = try await echod.endpoint("udp")
      let client = try PlainSocket(.udp)
      try client.send(Self.request(), to: server)
      let reply = try Reply(try await client.receiveDatagram().bytes)
      #expect(SystemClock.epochNanoseconds() - reply.left >= 99_000_000)
      #expect(reply.arrived < reply.left)
    }
  }

  @Test("keeps its sessions when a reload changes how it answers")
  func change() async throws {
    try await QueueUnderTest.with(.udp, .stamp) { echod in
      let client = try PlainSocket(.udp)
      let phases: [(isStateful: Bool, StampTimeFormat, sequence: UInt32)] = [
        (true, .ntp, 0), (true, .ptp, 1), (false, .ptp, 70), (true, .ntp, 2),
      ]
      for (isStateful, format, sequence) in phases {
        await echod.change {
          $0.stamp = StampConfiguration()
          $0.stamp?.isStateful = isStateful
          $0.stamp?.timestamps = format
        }
        try client.send(Self.request(70), to: echod.endpoint)
        let reply = try Reply(try await client.receiveDatagram().bytes).message
        #expect(reply.sequence == sequence && reply.errorEstimate.format == format)
      }
      #expect(echod.statistics[.sessionsTotal] == 1 && echod.statistics[.clientsTotal] == 1)
    }
  }

  @Test("is the only service that asks the kernel for the time of arrival")
  func reported() async throws {
    try await ServerUnderTest.with([.test(.udp, .echo)]) { echod in
      let port = try await echod.endpoint("udp").port
      for service in [Service.echo, .stamp, .identify, .stamp, .echo] {
        try await echod.apply([.test(.udp, service)])
        let reports = try OpenSocket.all(.udp, onPort: port).map(\.reportsArrival)
        #expect(reports == [service.name == "stamp"])
      }
    }
  }
}
