import Testing

/// The reflector that the tests of echoc use, and each of its faults.
@Suite("The tests' own Session-Reflector", .serialized)
struct StampPeerTests {
  private static let messages = (0..<4).map { #"{ "seq": \#($0 + 10), "ssid": 7, "wait": 30 }"# }

  private func exchanges(_ options: [String]) async throws -> [StampPeer.Exchange] {
    try await StampPeer.reflect(options) { try await StampPeer.send(Self.messages, to: ("127.0.0.1", $0)) }
  }

  @Test("is stateful or stateless, and has a clock of its own", arguments: [false, true])
  func right(isStateless: Bool) async throws {
    let options = isStateless ? ["stateless", "ptp", "synchronized", "offset=3600"] : []
    let exchanges = try await exchanges(options)
    #expect(exchanges.count == 4)
    for (index, exchange) in exchanges.enumerated() {
      let message = try #require(exchange.message)
      #expect(
        message.seq == UInt64(isStateless ? index + 10 : index) && message.senderSeq == UInt64(index + 10))
      #expect(
        message.ssid == 7 && message.senderTTL == 64 && message.errorEstimate == (isStateless ? 0xC001 : 1))
      let offset: Int64 = isStateless ? 3600 * 1_000_000_000 : 0
      let t2 = StampTime.nanoseconds(message.t2, isPTP: isStateless) - offset
      let t3 = StampTime.nanoseconds(message.t3, isPTP: isStateless) - offset
      #expect(exchange.before <= t2 && t2 <= t3 && t3 <= exchange.after)
    }
  }

  @Test(
    "has its faults on request",
    arguments: [
      "sequence", "senderSequence", "senderTime", "t3BeforeT2", "unrequestedTLV", "ssid", "short", "long",
      "truncatedTLV", "echo", "zeroTimes",
    ])
  func faults(fault: String) async throws {
    let exchange = try #require(try await exchanges([fault]).last)
    let reply = [UInt8](hex: try #require(exchange.reply))
    let message = exchange.message
    let isThere: Bool? =
      switch fault {
      case "sequence": message?.seq == 4
      case "senderSequence": message?.senderSeq == 12
      case "senderTime": message?.t1 != [UInt8](hex: exchange.request).number(at: 4, bytes: 8)
      case "t3BeforeT2": message.map { $0.t3 < $0.t2 }
      case "unrequestedTLV": message.map { $0.tlvs.count == 1 && reply.count == 52 }
      case "ssid": message?.ssid == 6
      case "short": reply.count == 40
      case "long": reply.count == 48
      case "truncatedTLV": message?.tlvs.first?.length == 400
      case "echo": exchange.reply == exchange.request
      default: message.map { $0.t2 == 0 && $0.t3 == 0 }
      }
    #expect(isThere == true, "\(exchange)")
  }
}
