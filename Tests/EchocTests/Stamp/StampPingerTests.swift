import EchoCore
import Sockets
import TestSupport
import Testing

@testable import echoc

/// Serialized: a process has one interrupt.
@Suite("A ping of a reflector", .serialized)
struct StampPingerTests {
  private func session(
    _ plan: StampPlan = StampPlan(), count: Int = 5, timeout: Int64 = 300_000_000,
    with script: @escaping @Sendable (Int, inout Reflection) -> Bool
  ) throws -> StampSession {
    let reflector = try ScriptedReflector(script)
    defer { reflector.stop() }
    var ping = PingPlan()
    (ping.count, ping.interval, ping.timeout, ping.output) = (count, 5_000_000, timeout, .quiet)
    let session = StampSession(reflector.endpoint, plan, PingOutput(ping, Console()))
    let loop = try PingLoop()
    let peer = try reflector.endpoint.resolved()[0]
    try loop.run(StampPinger(peer, plan, session, loop), ping)
    return session
  }

  @Test("measures each message, with the kernel's times of both ends of the round trip")
  func measures() throws {
    let statistics = try session(timeout: 30_000_000_000) { _, _ in true }.statistics
    #expect(statistics.sent == 5 && statistics.received == 5 && statistics.wrong == 0)
    #expect(statistics.kernelDepartures == 5 && statistics.kernelArrivals == 5)
    #expect(statistics.roundTrips.count == 5 && statistics.loss == StampLoss())
    #expect(statistics.clockStep == 0)
  }

  @Test("finds out whether the reflector keeps sessions if no number shows it", arguments: [true, false])
  func probe(isStateful: Bool) async throws {
    // The session ends at its timeout, because a reply is lost. On a busy machine another can come after that.
    let isFound = try await eventually {
      // The reply to the second message is lost.
      let statistics = try session(timeout: 1_000_000_000) { _, reflection in
        if !isStateful { reflection.message.sequence = reflection.message.senderSequence }
        return reflection.message.senderSequence != 1
      }.statistics
      #expect(statistics.keepsSessions != !isStateful)
      return statistics.received == 4 && statistics.keepsSessions == isStateful
        && statistics.loss == (isStateful ? StampLoss(back: 1) : nil)
    }
    #expect(isFound)
  }

  @Test(
    "believes no reply that cannot be true",
    arguments: [
      { $0.message.senderSequence &+= 1000 }, { $0.message.senderTimestamp ^= 1 },
      { $0.message.senderErrorEstimate = StampErrorEstimate(rawValue: 0) }, { $0.message.sessionID ^= 1 },
      { $0.message.timestamp &-= 1 << 32 }, { $0.message.timestamp &+= 1 << 32 },
      { ($0.message.errorEstimate, $0.message.timestamp) = (StampErrorEstimate(rawValue: 0x4001), .max) },
      { $0.rest.removeLast() },
      { $0.rest += [0, 0, 0, 0] }, { $0.rest[0] = 0x40 }, { $0.rest[1] = 3 }, { $0.rest[3] = 8 },
      { $0.rest[4] ^= 1 },
    ] as [@Sendable (inout Reflection) -> Void])
  func lies(_ lie: @escaping @Sendable (inout Reflection) -> Void) async throws {
    // The session ends at its timeout, because no reply is right. On a busy machine a reply can come after that.
    let areWrong = try await eventually {
      let session = try session(StampPlan(messageBytes: 60), count: 2, timeout: 30_000_000) { _, reflection in
        lie(&reflection)
        return true
      }
      #expect(session.statistics.received == 0)
      return session.statistics.wrong == 2
        && session.firstWrong?.hasPrefix("wrong reply from udp 127.0.0.1:") == true
    }
    #expect(areWrong)
  }
}
