import Foundation
import Testing

/// Scapy sends to echod and reads its replies; tshark is a third reader of the base messages.
@Suite("A reply of the service stamp, read by others", .serialized)
struct StampReaderTests {
  private static let padding = #"{ "type": 1, "value": "0102030405060708" }"#
  private static let messages = [
    #"{ "seq": 0, "ssid": 0 }"#, #"{ "seq": 4294967295, "ssid": 65535, "errorEstimate": 32769 }"#,
    #"{ "seq": 1, "errorEstimate": 49407, "ttl": 9 }"#, #"{ "seq": 2, "tlvs": [\#(padding)] }"#,
    #"{ "seq": 3, "tlvs": [{ "type": 3, "value": "00000000" }, \#(padding)] }"#,
    #"{ "seq": 4, "tos": 42, "tlvs": [{ "type": 4, "value": "b8000000" }] }"#,
    #"{ "seq": 5, "tlvs": [{ "type": 5, "value": "000000060000000000000000" }] }"#,
    #"{ "seq": 6, "tlvs": [{ "type": 7, "value": "00000000000000000000000000000000" }] }"#,
    #"{ "seq": 7, "tlvs": [{ "type": 200, "value": "010203" }, \#(padding)] }"#,
    #"{ "seq": 8, "tlvs": [{ "type": 1, "value": "0102", "length": 40 }] }"#,
    #"{ "seq": 9, "tlvs": [\#(padding)], "tail": "000000" }"#,
  ]

  @Test(
    "is read by Scapy as it was meant", arguments: ["127.0.0.1", "::1"],
    [#"{ "stateful": true }"#, #"{ "stateful": false }"#, #"{ "timestamps": "ptp" }"#])
  func scapy(address: String, stamp: String) async throws {
    try await StampReflector.with(address: address, keys: #", "stamp": \#(stamp)"#) { reflector in
      let exchanges = try await StampPeer.send(Self.messages, to: (address, reflector.endpoint().port))
      #expect(exchanges.count == Self.messages.count)
      let isStateful = !stamp.contains("false")
      // The sessions are by identifier.
      var counts: [UInt64: UInt64] = [:]
      for exchange in exchanges {
        let (request, reply) = ([UInt8](hex: exchange.request), try #require(exchange.reply))
        let message = try #require(exchange.message)
        #expect(reply.count == exchange.request.count)
        #expect(message.senderSeq == request.number(at: 0, bytes: 4))
        #expect(message.t1 == request.number(at: 4, bytes: 8))
        #expect(message.senderErrorEstimate == request.number(at: 12, bytes: 2))
        #expect(message.ssid == request.number(at: 14, bytes: 2))
        #expect(message.zeros == [0, 0])
        // The sender's TTL stays what it was set to.
        #expect(message.senderTTL == ([0, 4_294_967_295].contains(message.senderSeq) ? 64 : 9))
        let count = counts[message.ssid, default: 0]
        #expect(message.seq == (isStateful ? count : message.senderSeq))
        counts[message.ssid] = count + 1
        let isPTP = message.errorEstimate & 0x4000 != 0
        #expect(isPTP == stamp.contains("ptp"))
        let (t2, t3) = (
          StampTime.nanoseconds(message.t2, isPTP: isPTP), StampTime.nanoseconds(message.t3, isPTP: isPTP)
        )
        #expect(exchange.before <= t2 && t2 <= t3 && t3 <= exchange.after)
      }
      try expectTLVs(exchanges.compactMap(\.message), isStateful: isStateful)
    }
  }

  private func expectTLVs(_ messages: [StampPeer.Message], isStateful: Bool) throws {
    try #require(messages.count == Self.messages.count)
    func tlv(_ flags: Int, _ type: Int, _ value: String, length: Int? = nil) -> StampPeer.Message.TLV {
      StampPeer.Message.TLV(flags: flags, type: type, length: length ?? value.count / 2, value: value)
    }
    let padding = tlv(0, 1, "0102030405060708")
    #expect(messages[..<3].allSatisfy { $0.tlvs.isEmpty })
    #expect(messages[3].tlvs == [padding])
    #expect(messages[4].tlvs.map(\.type) == [3, 1] && messages[4].tlvs.allSatisfy { $0.flags == 0 })
    #expect(messages[5].tlvs == [tlv(0, 4, "b8a80000")])
    // The session without an identifier has had five messages before.
    #expect(
      messages[6].tlvs == [
        isStateful
          ? tlv(0, 5, "000000060000000600000006") : tlv(0x80, 5, "000000060000000000000000")
      ])
    let previous = messages[6]
    let time = [UInt8](StampWire.bytes(of: previous.t3)).hex.replacing(" ", with: "").lowercased()
    let sequence = StampWire.bytes(of: UInt32(previous.seq)).hex.replacing(" ", with: "").lowercased()
    #expect(
      messages[7].tlvs == [
        tlv(0, 7, isStateful ? "\(sequence)\(time)02000000" : String(repeating: "0", count: 32))
      ])
    #expect(messages[8].tlvs == [tlv(0x80, 200, "010203"), padding])
    #expect(messages[9].tlvs == [tlv(0x40, 1, "0102", length: 40)])
    #expect(messages[10].tlvs == [padding])
  }

  @Test("is read by tshark as it is by the tests", arguments: ["127.0.0.1", "::1"])
  func tshark(address: String) async throws {
    try await StampReflector.with(address: address) { reflector in
      let sender = try reflector.sender()
      var replies: [StampReply] = []
      for sequence: UInt32 in [5, .max, 0] {
        replies.append(try await sender.ask(StampWire.request(sequence, ssid: 0x1234)))
      }
      let messages = try await Wireshark.read(replies.map(\.bytes))
      try #require(messages.count == replies.count)
      for (message, (reply, sequence)) in zip(messages, zip(replies, [5, UInt32.max, 0])) {
        #expect(message["seq_number"] == "\(reply.sequence)")
        #expect(message["sender_seq_number"] == "\(sequence)")
        // Its dissector is TWAMP's, in which the session identifier must be zero.
        #expect(message["mbz1"] == "\(0x1234)" && message["mbz2"] == "0" && message["sender_ttl"] == "64")
        #expect(message["error_estimate"] == "\(reply.errorEstimate)")
        #expect(message["sender_error_estimate"] == "\(0x8001)")
        for (name, stamp) in [
          ("timestamp", reply.sent), ("receive_timestamp", reply.received),
          ("sender_timestamp", 0xE123_4567_89AB_CDEF),
        ] {
          let nanoseconds = StampTime.nanoseconds(stamp, isPTP: false) % 60_000_000_000
          let seconds = try #require(message.seconds(name), "\(name)")
          #expect(abs(seconds * 1e9 - Double(nanoseconds)) < 10, "\(name): \(seconds)")
        }
      }
    }
  }
}
