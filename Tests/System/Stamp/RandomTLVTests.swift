import TestSupport
import Testing

@Suite("The service stamp and random TLVs", .serialized)
struct StampRandomTLVTests {
  private static let count = 500
  private static let lostLimit = 3

  @Test(
    "treats each as the plain rules say", arguments: [true, false], [UInt64(1), 2])
  func rules(isStateful: Bool, seed: UInt64) async throws {
    try await StampReflector.with(keys: #", "stamp": { "stateful": \#(isStateful) }"#) { reflector in
      var sender = try reflector.sender()
      var random = RandomTLVs(seed: seed)
      var rules = PlainReflector(isStateful: isStateful)
      var lost = 0
      for number in 0..<Self.count {
        let tlvs = random.next()
        try sender.send(StampWire.request(UInt32(number)) + tlvs)
        guard let reply = try? await sender.receive() else {
          // Loopback drops datagrams while other tests flood it. A new sender has a new session.
          lost += 1
          try #require(lost <= Self.lostLimit)
          (sender, rules) = (try reflector.sender(), PlainReflector(isStateful: isStateful))
          continue
        }
        let expected = rules.reply(to: tlvs)
        let isRight =
          reply.tlvs.count == expected.count
          && zip(expected, reply.tlvs).allSatisfy { $0 == nil || $0 == $1 }
        try #require(isRight, "message \(number): \(tlvs.hex) became \(reply.tlvs.hex)")
        #expect(reply.bytes.number(at: 24, bytes: 4) == UInt64(number))
      }
      let isEachAnswered = try await eventually {
        let messages = try await reflector.stats().messages
        return messages.sent == messages.received
      }
      #expect(isEachAnswered)
      #expect(try await reflector.stats().dropped.total == 0)
    }
  }
}
