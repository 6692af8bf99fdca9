import Testing

/// Scapy reads the requests and writes the replies.
@Suite("echoc ping stamp:// with Scapy's reflector", .serialized)
struct SenderWithScapyTests {
  @Test(
    "measures, and tells whether the reflector keeps sessions",
    arguments: [
      (["stateless"], false), ([], true), (["ptp"], true), (["synchronized"], true), (["offset=-3600"], true),
    ])
  func measures(options: [String], isStateful: Bool) async throws {
    try await StampPeer.reflect(options) { port in
      let outcome = try await stampPing(
        "127.0.0.1:\(port)",
        ["-c", "20", "--json", "--one-way", "-Q", "8", "--direct-measurement", "-s", "100"])
      let summary = try SenderSummary(outcome.output)
      #expect(summary.received == 20 && summary.wrong == 0 && outcome.ending == .exit(0))
      #expect(summary.stateful == isStateful && summary.unknownTLVs == [4, 5])
      #expect(summary.repeatsSessionID == true && summary.lost == .init(there: 0, back: 0, unknown: 0))
      #expect(summary.reflectorTimestamps == (options == ["ptp"] ? "ptp" : "ntp"))
      // The reflector's clock is an hour behind: the message comes there before it was sent.
      let offset = options == ["offset=-3600"] ? 3_600_000.0 : 0
      let there = try #require(summary.there?.oneWayMilliseconds?.p50)
      let back = try #require(summary.back?.oneWayMilliseconds?.p50)
      #expect((0..<1_000_000).contains(there + offset) && (0..<1_000_000).contains(back - offset))
      #expect(summary.roundTripMilliseconds.map { $0.max < 1_000_000 } == true)
    }
  }

  @Test("counts duplicates")
  func duplicates() async throws {
    try await StampPeer.reflect(["duplicate"]) { port in
      let summary = try SenderSummary(try await stampPing("127.0.0.1:\(port)", ["-c", "5", "--json"]).output)
      // The second reply to the last message may come too late.
      #expect(summary.received == 5 && (4...5).contains(summary.duplicate) && summary.wrong == 0)
    }
  }

  @Test(
    "believes no lie, and ends with 2",
    arguments: [
      ("senderSequence", "which was not sent"), ("senderTime", "(T1)"), ("t3BeforeT2", "T3 is before T2"),
      ("unrequestedTLV", "52 bytes instead of 44"), ("ssid", "it belongs to session"),
      ("short", "40 bytes instead of 44"),
      ("long", "48 bytes instead of 44"), ("truncatedTLV", "52 bytes instead of 44"), ("echo", "(T1)"),
    ])
  func lies(lie: String, reason: String) async throws {
    try await StampPeer.reflect([lie]) { port in
      let outcome = try await wronglyAnsweredPing("stamp://127.0.0.1:\(port)")
      let summary = try SenderSummary(outcome.output)
      #expect(summary.received == 0 && summary.wrong >= 1 && summary.roundTripMilliseconds == nil)
      #expect(
        outcome.errors.contains("wrong reply from udp 127.0.0.1:\(port): ") && outcome.errors.contains(reason)
      )
      #expect(summary.error?.contains(reason) == true && outcome.ending == .exit(2))
    }
  }
}
