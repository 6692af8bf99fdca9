import Glibc
import Testing

/// Every field of the reply to a message without TLVs. See RFC 8762, section 4.3.
@Suite("A reply of the service stamp", .serialized)
struct StampBaseMessageTests {
  private static let addresses = ["127.0.0.1", "::1"]

  @Test("has every field in its place", arguments: addresses)
  func fields(address: String) async throws {
    try await StampReflector.with(address: address) { reflector in
      let sender = try reflector.sender()
      try sender.setHopLimit(41)
      let reply = try await sender.ask(
        HexPattern("00000007 E1234567 89ABCDEF 8123 1234" + " 00000000000000" * 4).exact)
      expect(
        reply.bytes,
        are: """
          00000000 ........ ........ .... 1234 ........ ........ 00000007 E1234567 89ABCDEF 8123 0000 29 000000
          """)
    }
  }

  @Test("has the sender's sequence number if the service is stateless", arguments: addresses)
  func stateless(address: String) async throws {
    try await StampReflector.with(address: address, keys: #", "stamp": { "stateful": false }"#) { reflector in
      let sender = try reflector.sender()
      for sequence: UInt32 in [7, 7, 0, .max] {
        let reply = try await sender.ask(StampWire.request(sequence))
        #expect(reply.sequence == UInt64(sequence))
        #expect(reply.bytes.number(at: 24, bytes: 4) == UInt64(sequence))
      }
    }
  }

  @Test("is numbered from 0 if the service is stateful, whatever the sender's numbers are")
  func stateful() async throws {
    try await StampReflector.with { reflector in
      let sender = try reflector.sender()
      for (count, sequence) in zip(0..., [7, 7, 0, UInt32.max]) {
        let reply = try await sender.ask(StampWire.request(sequence))
        #expect(reply.sequence == UInt64(count))
        #expect(reply.bytes.number(at: 24, bytes: 4) == UInt64(sequence))
      }
    }
  }

  @Test("ignores what must be zero in a request, and has zeros there itself")
  func mustBeZero() async throws {
    try await StampReflector.with { reflector in
      let request = Array(StampWire.request(5).prefix(16)) + [UInt8](repeating: 0xFF, count: 28)
      expect(
        try await reflector.sender().ask(request).bytes,
        are: """
          00000000 ........ ........ .... 0000 ........ ........ 00000005 E1234567 89ABCDEF 8001 0000 40 000000
          """)
    }
  }

  @Test("has the TTL or the hop limit with which the request came", arguments: addresses, [1, 64, 255])
  func hopLimit(address: String, hops: Int32) async throws {
    try await StampReflector.with(address: address) { reflector in
      let sender = try reflector.sender()
      try sender.setHopLimit(hops)
      #expect(try await sender.ask(StampWire.request()).bytes[40] == UInt8(hops))
    }
  }

  @Test("copies the sender's timestamp and error estimate, in whichever format they are")
  func sender() async throws {
    try await StampReflector.with { reflector in
      let sender = try reflector.sender()
      // The years 1900 and 2036, and a PTP timestamp.
      for (time, error) in [
        ("00000000 00000000", "0001"), ("FFFFFFFF FFFFFFFF", "BFFF"), ("6B000000 3B9AC9FF", "C001"),
        ("00000000 00000001", "0000"),
      ] {
        let request = StampWire.request(1, time: HexPattern(time), errorEstimate: HexPattern(error))
        expect(
          Array(try await sender.ask(request).bytes[24..<40]),
          are: HexPattern("00000001 \(time) \(error) 0000"))
      }
    }
  }

  @Test("has an error estimate that fits the clock, with a multiplier", arguments: ["ntp", "ptp"])
  func errorEstimate(timestamps: String) async throws {
    let keys = #", "stamp": { "timestamps": "\#(timestamps)" }"#
    try await StampReflector.with(keys: keys) { reflector in
      let reply = try await reflector.sender().ask(StampWire.request(errorEstimate: "0001"))
      #expect(reply.isPTP == (timestamps == "ptp"))
      #expect(try reply.isSynchronized == KernelClock.isSynchronized())
      #expect(reply.errorEstimate & 0xFF != 0)
      // The largest.
      if !reply.isSynchronized { #expect(reply.errorEstimate & 0x3FFF == 0x3FFF) }
    }
  }

  @Test(
    "arrives before it leaves, both between the sender's readings of the same clock", arguments: addresses,
    ["ntp", "ptp"])
  func times(address: String, timestamps: String) async throws {
    let keys = #", "stamp": { "timestamps": "\#(timestamps)" }"#
    try await StampReflector.with(address: address, keys: keys) { reflector in
      let sender = try reflector.sender()
      var previous: Int64 = 0
      for _ in 0..<100 {
        let begin = StampTime.now()
        let reply = try await sender.ask(StampWire.request())
        let end = StampTime.now()
        let isPTP = timestamps == "ptp"
        let received = StampTime.nanoseconds(reply.received, isPTP: isPTP)
        let sent = StampTime.nanoseconds(reply.sent, isPTP: isPTP)
        #expect(begin <= received && received <= sent && sent <= end && previous < received)
        // T3 is no copy of T2: the service ran in between.
        #expect(received < sent)
        previous = sent
      }
    }
  }

  @Test("is as long as its request, and what follows the message comes back")
  func length() async throws {
    try await StampReflector.with { reflector in
      let sender = try reflector.sender()
      for count in [44, 45, 46, 47, 48, 64, 100, 1472, 9000, 65_507] {
        let reply = try await sender.ask(StampWire.request() + StampWire.zeros(count - 44))
        #expect(reply.bytes.count == count)
        #expect(reply.tlvs.allSatisfy { $0 == 0 })
      }
    }
  }

  @Test("does not come for a request of 0 to 43 bytes, which counts as malformed", arguments: [true, false])
  func malformed(isStateful: Bool) async throws {
    try await StampReflector.with(keys: #", "stamp": { "stateful": \#(isStateful) }"#) { reflector in
      let sender = try reflector.sender()
      for count in 0..<44 { try sender.send(Array(StampWire.request().prefix(count))) }
      let reply = try await sender.ask(StampWire.request(9))
      #expect(reply.bytes.count == 44 && reply.bytes.number(at: 24, bytes: 4) == 9)
      // The others are no messages of the session.
      #expect(reply.sequence == (isStateful ? 0 : 9))
      #expect(!sender.socket.hasInput())
      let stats = try await reflector.stats()
      #expect(stats.service == "stamp" && stats.dropped.malformed == 44 && stats.dropped.total == 44)
      #expect(stats.messages == Stats.InAndOut(received: 45, sent: 1))
    }
  }
}

private func * (text: String, count: Int) -> String { String(repeating: text, count: count) }
