import Testing

/// A session is the pair of endpoints and the session identifier (SSID). See RFC 8972, section 3.
@Suite("A session of the service stamp", .serialized)
struct StampSessionTests {
  @Test("is counted on its own: two identifiers of one sender, and two senders with one identifier")
  func apart() async throws {
    try await StampReflector.with { reflector in
      let (one, other) = (try reflector.sender(), try reflector.sender())
      let sessions: [(StampSender, UInt16)] = [(one, 0), (one, 1), (one, 0xFFFF), (other, 1)]
      for count in 0..<3 {
        for (sender, ssid) in sessions {
          let reply = try await sender.ask(StampWire.request(ssid: ssid))
          #expect(reply.sequence == UInt64(count) && reply.ssid == UInt64(ssid))
        }
      }
      let stats = try await reflector.stats()
      #expect(stats.sessions == Stats.Clients(current: 4, total: 4))
      #expect(stats.dropped.total == 0 && stats.messages == Stats.InAndOut(received: 12, sent: 12))
    }
  }

  @Test("counts messages that are sent back to back")
  func batch() async throws {
    try await StampReflector.with { reflector in
      let sender = try reflector.sender()
      for sequence: UInt32 in 0..<100 { try sender.send(StampWire.request(sequence)) }
      var replies: [StampReply] = []
      for _ in 0..<100 { replies.append(try await sender.receive()) }
      #expect(replies.map(\.sequence) == (0..<100).map { UInt64($0) })
      #expect(replies.map { $0.bytes.number(at: 24, bytes: 4) } == (0..<100).map { UInt64($0) })
      #expect(
        zip(replies, replies.dropFirst()).allSatisfy { $0.received <= $1.received && $0.sent <= $1.sent })
      #expect(replies.allSatisfy { $0.received <= $0.sent })
    }
  }

  @Test("does not exist for a stateless reflector")
  func stateless() async throws {
    try await StampReflector.with(keys: #", "stamp": { "stateful": false }"#) { reflector in
      for _ in 0..<3 { _ = try await reflector.sender().ask(StampWire.request(ssid: 3)) }
      let sessions = try await reflector.stats().sessions
      #expect(
        sessions ?? Stats.Clients(current: 0, total: 0) == Stats.Clients(current: 0, total: 0))
    }
  }

  @Test("is answered on several queues, each sender by one of them")
  func queues() async throws {
    try await StampReflector.with(keys: #", "queues": 2"#) { reflector in
      for _ in 0..<8 {
        let sender = try reflector.sender()
        for count in 0..<3 { #expect(try await sender.ask(StampWire.request()).sequence == UInt64(count)) }
      }
      #expect(try await reflector.stats().sessions == Stats.Clients(current: 8, total: 8))
    }
  }
}
