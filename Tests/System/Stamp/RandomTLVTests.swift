import Testing

@Suite("The service stamp and TLVs by chance", .serialized)
struct StampRandomTLVTests {
  private static let count = 3000

  @Test(
    "does with each what the plain rules say", arguments: [true, false], [UInt64(1), 2])
  func rules(isStateful: Bool, seed: UInt64) async throws {
    try await StampReflector.with(keys: #", "stamp": { "stateful": \#(isStateful) }"#) { reflector in
      let sender = try reflector.sender()
      var random = RandomTLVs(seed: seed)
      var rules = PlainReflector(isStateful: isStateful)
      for number in 0..<Self.count {
        let tlvs = random.next()
        let reply = try await sender.ask(StampWire.request(UInt32(number)) + tlvs)
        let expected = rules.reply(to: tlvs)
        let isRight =
          reply.tlvs.count == expected.count
          && zip(expected, reply.tlvs).allSatisfy { $0 == nil || $0 == $1 }
        try #require(isRight, "message \(number): \(tlvs.hex) became \(reply.tlvs.hex)")
        #expect(reply.bytes.number(at: 24, bytes: 4) == UInt64(number))
      }
      #expect(try await reflector.stats().dropped.total == 0)
    }
  }
}
