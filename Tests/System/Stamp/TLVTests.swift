import Glibc
import Testing
import TestSupport

/// What becomes of each TLV. See RFC 8972, section 4. A sender sends U = 1 (80); the reflector writes the flags.
@Suite("The service stamp and a TLV", .serialized)
struct StampTLVTests {
  /// A request's TLVs and those of the reply.
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var sent: String
    var reply: String

    init(_ name: String, _ sent: String, _ reply: String) {
      (self.name, self.sent, self.reply) = (name, sent, reply)
    }

    var testDescription: String { name }
  }

  /// Those that do not depend on what came before.
  private static let rows = [
    Row("1, extra padding", "8001 0008 0102030405060708", "0001 0008 0102030405060708"),
    Row("1, empty", "8001 0000", "0001 0000"),
    Row("1, with flags that a sender should not send", "0001 0002 AABB", "0001 0002 AABB"),
    Row("2, location", "8002 0008 1F901F91 01000000", "8002 0008 1F901F91 01000000"),
    Row("3, timestamp information", "8003 0004 00000000", "0003 0004 ..02..02"),
    Row("6, access report", "8006 0004 12000000", "8006 0004 12000000"),
    Row(
      "8, HMAC", "8008 0010 000102030405060708090A0B0C0D0E0F", "8008 0010 000102030405060708090A0B0C0D0E0F"),
    Row("179, unknown", "80B3 0003 010203", "80B3 0003 010203"),
    Row("255, unknown, without U", "00FF 0001 01", "80FF 0001 01"),
    Row("an unknown one before a known one", "80B3 0001 07 8001 0002 0809", "80B3 0001 07 0001 0002 0809"),
    Row(
      "several", "8001 0001 01 8003 0004 00000000 80B3 0000 8001 0002 0203",
      "0001 0001 01 0003 0004 ..02..02 80B3 0000 0001 0002 0203"),
    Row("a rest that is too short for one", "8001 0000 80 01 00", "0001 0000 80 01 00"),
    // Beyond the message.
    Row("an overrun", "8001 0005 01020304", "4001 0005 01020304"),
    Row("an overrun by far", "8001 FFFF 01020304", "4001 FFFF 01020304"),
    Row("an overrun with TLVs in it", "8001 0010 8003 0004 00000000", "4001 0010 8003 0004 00000000"),
    Row("an overrun after another", "8001 0001 07 8003 0009 00000000", "0001 0001 07 4003 0009 00000000"),
    Row("an overrun of an unknown type", "8063 0005 01020304", "C063 0005 01020304"),
    Row("the wrong length of an unknown type", "8006 0001 07 8001 0000", "8006 0001 07 0001 0000"),
    // Padding.
    Row("zeros", "00000000 00000000", "00000000 00000000"),
    Row("zeros that are too few for a TLV", "000000", "000000"),
    Row("zeros after a TLV", "8001 0001 07 00000000 0000", "0001 0001 07 00000000 0000"),
    // A wrong length: nothing behind it is processed.
    Row("3 with 3 bytes", "8003 0003 000000 8001 0001 07", "4003 0003 000000 8001 0001 07"),
    Row("3 with 5 bytes", "8003 0005 0000000000 8001 0000", "4003 0005 0000000000 8001 0000"),
    Row("4 with 3 bytes", "8004 0003 B80000 8001 0000", "4004 0003 B80000 8001 0000"),
    Row(
      "5 with 8 bytes", "8005 0008 0000000100000000 8001 0000", "4005 0008 0000000100000000 8001 0000"),
    Row(
      "7 with 12 bytes", "8007 000C 000000000000000000000000 8001 0000",
      "4007 000C 000000000000000000000000 8001 0000"),
    Row("3, empty", "8003 0000 8001 0000", "4003 0000 8001 0000"),
  ]

  @Test("processes it, or copies it with U, or stops at it with M", arguments: rows, ["127.0.0.1", "::1"])
  func row(row: Row, address: String) async throws {
    try await StampReflector.with(address: address) { reflector in
      let reply = try await reflector.sender().ask(StampWire.request(tlvs: HexPattern(row.sent)))
      expect(reply.tlvs, are: HexPattern(row.reply))
      #expect(reply.bytes[24..<38].elementsEqual(HexPattern("00000000 E1234567 89ABCDEF 8001").exact))
    }
  }

  @Test("3: says that both timestamps are taken by software, and what the source of the clock's time is")
  func timestampInformation() async throws {
    try await StampReflector.with { reflector in
      let tlv = HexPattern("8003 0004 00000000")
      let reply = try await reflector.sender().ask(StampWire.request(tlvs: tlv))
      let source = try #require(reply.tlvs.dropFirst(4).first)
      // NTP, PTP or local; the same both times.
      #expect([1, 2, 5].contains(source) && reply.tlvs[6] == source)
      #expect(reply.isSynchronized == (source != 5))
    }
  }

  @Test(
    "4: has the DSCP and ECN of the request, and sends the reply with the DSCP that it asks for",
    arguments: ["127.0.0.1", "::1"])
  func classOfService(address: String) async throws {
    try await StampReflector.with(address: address) { reflector in
      let sender = try reflector.sender()
      if sender.server.address.isIPv4 {
        sender.socket.setOption(Int32(IPPROTO_IP), IP_RECVTOS, to: 1)
      } else {
        sender.socket.setOption(Int32(IPPROTO_IPV6), IPV6_RECVTCLASS, to: 1)
      }
      // EF asked for, AF11 and ECT(0) sent; nothing asked for, and EF and CE sent; AF41 asked for, nothing sent.
      for (asked, trafficClass, answered, replied) in [
        ("B8000000", 0x2A, "B8A80000", 0xB8), ("00000000", 0xBB, "02EC0000", 0x00),
        ("88000000", 0x00, "88000000", 0x88),
        ("B8A8FFFF", 0x00, "B8000000", 0xB8),
      ] {
        try sender.setTrafficClass(Int32(trafficClass))
        try sender.send(StampWire.request(tlvs: HexPattern("8004 0004 \(asked)")))
        let (bytes, received) = try await sender.socket.receiveWithTrafficClass()
        expect(Array(bytes.dropFirst(44).prefix(6)), are: HexPattern("0004 0004 \(answered.prefix(4))"))
        #expect(received.map { $0 & 0xFC } == UInt8(replied))
      }
      // Without the TLV a reply has no traffic class.
      try sender.send(StampWire.request())
      #expect(try await sender.socket.receiveWithTrafficClass().trafficClass ?? 0 == 0)
    }
  }

  @Test("5: has the counts of what the session received and sent, besides the sender's count")
  func directMeasurement() async throws {
    try await StampReflector.with { reflector in
      let sender = try reflector.sender()
      for (count, own) in zip(1..., ["00000001", "00000009", "FFFFFFFF"]) {
        let tlv = HexPattern("8005 000C \(own) 00000000 00000000")
        let reply = try await sender.ask(StampWire.request(tlvs: tlv))
        expect(reply.tlvs, are: HexPattern("0005 000C \(own) 0000000\(count) 0000000\(count)"))
        // Messages without the TLV count as well; those of another session do not.
        if count == 1 { _ = try await reflector.sender().ask(StampWire.request()) }
      }
      _ = try await sender.ask(StampWire.request())
      let reply = try await sender.ask(StampWire.request(tlvs: "8005 000C 00000000 00000000 00000000"))
      expect(reply.tlvs, are: "0005 000C 00000000 00000005 00000005")
    }
  }

  @Test("5: is unknown to a stateless reflector, which counts nothing")
  func directMeasurementStateless() async throws {
    try await StampReflector.with(keys: #", "stamp": { "stateful": false }"#) { reflector in
      let reply = try await reflector.sender().ask(
        StampWire.request(tlvs: "8005 000C 00000001 00000000 00000000 8001 0000"))
      expect(reply.tlvs, are: "8005 000C 00000001 00000000 00000000 0001 0000")
    }
  }

  @Test("7: has the sequence number and T3 of the session's previous reply")
  func followUp() async throws {
    let tlv: HexPattern = "8007 0010 FFFFFFFF FFFFFFFF FFFFFFFF FF FFFFFF"
    try await StampReflector.with { reflector in
      let sender = try reflector.sender()
      let first = try await sender.ask(StampWire.request(tlvs: tlv))
      expect(first.tlvs, are: "0007 0010 00000000 00000000 00000000 00 000000")
      var previous = first
      for _ in 0..<3 {
        // Another session's reply does not count.
        _ = try await reflector.sender().ask(StampWire.request(tlvs: tlv))
        let reply = try await sender.ask(StampWire.request(tlvs: tlv))
        expect(
          reply.tlvs,
          are: HexPattern(
            "0007 0010 \(previous.bytes[0..<4].hex) \(previous.bytes[4..<12].hex) 02 000000"))
        previous = reply
      }
    }
  }

  @Test("7: has zeros from a stateless reflector")
  func followUpStateless() async throws {
    try await StampReflector.with(keys: #", "stamp": { "stateful": false }"#) { reflector in
      let sender = try reflector.sender()
      for _ in 0..<2 {
        let reply = try await sender.ask(
          StampWire.request(4, tlvs: "8007 0010 00000000 00000000 00000000 00 000000"))
        expect(reply.tlvs, are: "0007 0010 00000000 00000000 00000000 00 000000")
      }
    }
  }

  @Test("answers 10,000 of them", arguments: [("8001 0000", "0001 0000"), ("80B3 0000", "80B3 0000")])
  func many(sent: String, reply: String) async throws {
    try await StampReflector.with { reflector in
      let (sent, expected) = (HexPattern(sent).exact, HexPattern(reply).exact)
      let count = 10_000
      let reply = try await reflector.sender().ask(
        StampWire.request() + (0..<count).flatMap { _ in sent })
      #expect(reply.tlvs.count == 4 * count)
      #expect(
        stride(from: 0, to: 4 * count, by: 4).allSatisfy { reply.tlvs[$0..<$0 + 4].elementsEqual(expected) })
    }
  }

  @Test("answers 10,000 that ask for a count, with the same counts in each")
  func manyCounts() async throws {
    try await StampReflector.with { reflector in
      let tlv = HexPattern("8005 000C 00000001 00000000 00000000").exact
      let count = 4000
      let reply = try await reflector.sender().ask(StampWire.request() + (0..<count).flatMap { _ in tlv })
      let expected = HexPattern("0005 000C 00000001 00000001 00000001").exact
      #expect(
        stride(from: 0, to: 16 * count, by: 16).allSatisfy {
          reply.tlvs[$0..<$0 + 16].elementsEqual(expected)
        })
    }
  }

  @Test("answers one that fills the longest datagram")
  func longest() async throws {
    try await StampReflector.with { reflector in
      let padding = (0..<(65_507 - 48)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let head = HexPattern("8001").exact + StampWire.bytes(of: UInt16(padding.count))
      let reply = try await reflector.sender().ask(StampWire.request() + head + padding)
      #expect(reply.bytes.count == 65_507)
      #expect(reply.tlvs.prefix(4).elementsEqual(HexPattern("0001").exact + head[2...]))
      #expect(reply.tlvs.dropFirst(4).elementsEqual(padding))
    }
  }
}
