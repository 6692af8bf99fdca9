import Testing

/// Delay and loss in one direction only, as a sender can tell them apart by the reflector's timestamps and count.
@Suite(
  "STAMP over a wire with different directions", .serialized,
  .enabled(if: OneWayWire.canBeMade, "network namespaces need root, ip(8) and ethtool(8)"))
struct StampOneWayTests {
  private static let listener =
    #"{ "name": "stamp", "transport": "udp", "address": "::", "port": 862, "service": "stamp" }"#
  private static let count = 100

  @Test(
    "tells which direction delays and which one loses", arguments: OneWayWire.Direction.allCases,
    [false, true])
  func directions(slow: OneWayWire.Direction, isIPv6: Bool) async throws {
    try await OneWayWire.with(slow: slow) { wire in
      try await HostDaemon.with(on: wire.reflector, listeners: Self.listener) { _ in
        let server = (wire.reflectorAddress(isIPv6: isIPv6), UInt16(862))
        let messages = (0..<Self.count).map { #"{ "seq": \#($0), "ssid": 1, "wait": 0.3 }"# }
        let exchanges = try await StampPeer.send(
          messages, to: server, wrapper: wire.sender.wrapper, deadlineSeconds: 60)
        try await expectLosses(exchanges, on: wire, slow)
        try expectDelays(exchanges.compactMap { exchange in exchange.message.map { (exchange, $0) } }, slow)
      }
    }
  }

  private func expectLosses(
    _ exchanges: [StampPeer.Exchange], on wire: OneWayWire, _ slow: OneWayWire.Direction
  ) async throws {
    let (there, back) = try await wire.lost()
    // Of 100 messages, 10 are lost on average; 99.9 % of all seeds lose 2 to 21.
    #expect((2...21).contains(slow == .there ? back : there) && (slow == .there ? there : back) == 0)
    let replies = exchanges.compactMap(\.message)
    #expect(replies.count == exchanges.count - there - back)
    // The reflector has counted what came, up to the last reply.
    let last = try #require(replies.last)
    let (sent, arrived) = (Int(last.senderSeq) + 1, Int(last.seq) + 1)
    #expect(sent - arrived == (slow == .there ? 0 : sent - replies.count))
  }

  private func expectDelays(
    _ replies: [(StampPeer.Exchange, StampPeer.Message)], _ slow: OneWayWire.Direction
  ) throws {
    // The relay and a busy machine add to the delay of most, but not of all.
    let there = try #require(
      replies.map {
        StampTime.nanoseconds($1.t2, isPTP: false) - StampTime.nanoseconds($1.t1, isPTP: false)
      }.min())
    let back = try #require(replies.map { $0.after - StampTime.nanoseconds($1.t3, isPTP: false) }.min())
    let (late, quick) = slow == .there ? (there, back) : (back, there)
    let delay = Int64(OneWayWire.delayMilliseconds) * 1_000_000
    #expect((delay..<delay + 1_000_000).contains(late), "\(late) ns")
    #expect((0..<1_000_000).contains(quick), "\(quick) ns")
  }
}
