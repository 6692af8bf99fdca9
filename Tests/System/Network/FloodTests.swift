import EchoCore
import Testing
import TestSupport

@Suite(
  "A flood from forged addresses",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct FloodTests {
  /// Less than one processor can handle.
  private static let floodPerSecond = 15_000
  private static let perSecond = 2000
  /// Newcomers have half of it: more at once than the limiter remembers.
  private static let burst = 5 * RateLimiter.capacity / 2
  private static let newClient = "10.255.0.3"

  private func withEchod<Result>(on host: TwoHosts.Host, _ body: (HostDaemon) async throws -> Result)
    async throws
    -> Result
  {
    let listener = """
      { "name": "echo", "transport": "udp", "address": "\(host.address)", "port": 12000,
        "receiveBufferBytes": 4194304, "rateLimit": { "perSecond": 200, "burst": 400 },
        "totalRateLimit": { "perSecond": \(Self.perSecond), "burst": \(Self.burst) } }
      """
    return try await HostDaemon.with(on: host, listeners: listener, body)
  }

  @Test(
    "takes no reply from a client that was known before, does not keep a new one out, and gets few itself")
  func flood() async throws {
    try await TwoHosts.with { hosts in
      let (left, right) = (hosts.left, hosts.right)
      // Replies to forged addresses go as far as the right host.
      try await left.ip("route add 10.0.0.0/8 via \(right.address)")
      try await right.ip("route add blackhole 10.0.0.0/8")
      try await right.ip("address add \(Self.newClient)/24 dev \(TwoHosts.Host.interface)")
      try await withEchod(on: left) { daemon in
        // For longer than a client's probation.
        let before = try await Pings.run(on: right, from: right.address, to: left.address, count: 150)
        #expect(before.missing == 0)
        var (known, new) = (before, before)
        let clock = ContinuousClock()
        let begin = clock.now
        let flooded = try await Flood.run(from: right, to: left.address, perSecond: Self.floodPerSecond) {
          let isOverLimit = try await eventually { try await daemon.stats(of: "echo").dropped.overLimit > 0 }
          #expect(isOverLimit)
          async let ofKnown = Pings.run(on: right, from: right.address, to: left.address, count: 400)
          async let ofNew = Pings.run(on: right, from: Self.newClient, to: left.address, count: 400)
          (known, new) = try await (ofKnown, ofNew)
          let areMany = try await eventually {
            try await daemon.stats(of: "echo").messages.received > 2 * RateLimiter.capacity
          }
          #expect(areMany)
        }
        // A busy queue may take longer than a request to /stats waits.
        var stats = try await daemon.stats(of: "echo")
        let isCounted = try await eventually {
          stats = try await daemon.stats(of: "echo")
          return stats.messages.received == stats.messages.sent + stats.dropped.overLimit
        }
        #expect(isCounted)
        let seconds = Int((clock.now - begin).components.seconds) + 1
        print(
          """
          measured: a client without a flood: \(before); known before a flood of \(flooded) forged addresses in \
          \(seconds) s: \(known); new in the flood: \(new)
          """)

        // The kernel drops some of what a busy server is sent. Nothing else is missing.
        let unheard = flooded + [before, known, new].map(\.count).reduce(0, +) - stats.messages.received
        #expect(unheard >= 0)
        #expect(known.missing <= unheard && known.missing < known.count / 2)
        // By then it has sent twice, a probation apart.
        let later = new.last(100)
        #expect(later.missing <= unheard && later.missing < later.count / 2)

        let toFlood = stats.messages.sent - [before, known, new].map(\.answered).reduce(0, +)
        #expect(toFlood > RateLimiter.capacity)
        #expect(toFlood <= (Self.burst + seconds * Self.perSecond) / 2)
      }
    }
  }
}
