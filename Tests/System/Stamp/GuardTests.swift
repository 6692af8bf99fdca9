import Addresses
import Glibc
import Testing
import TestSupport

/// What protects the other services protects this one.
@Suite("The service stamp and the listener's limits", .serialized)
struct StampGuardTests {
  private static let reflectorPort: UInt16 = 862

  @Test(
    "does not answer another reflector's port, which could start a loop, unless it is told to",
    .enabled(if: getuid() == 0, "ports below 1024 need root"), arguments: [false, true])
  func loop(answersLowPorts: Bool) async throws {
    let limit = #""rateLimit": { "perSecond": 100, "burst": 100 }"#
    try await StampReflector.with(keys: #", "answerLowPorts": \#(answersLowPorts), \#(limit)"#) { reflector in
      // An address of the test's own, so that the port is free.
      let address = IPAddress(v4: 0x7F03_5E00 + (answersLowPorts ? 1 : 2))
      let other = try PlainSocket(.udp, boundTo: Endpoint(address: address, port: Self.reflectorPort))
      try other.send(StampWire.request(), to: reflector.endpoint())
      if answersLowPorts { #expect(try await other.receiveDatagram().bytes.count == 44) }
      _ = try await reflector.sender().ask(StampWire.request())
      #expect(!other.hasInput())
      let listener = try await reflector.stats()
      #expect(listener.dropped.loopGuard == (answersLowPorts ? 0 : 1))
      #expect(try await reflector.stats().sessions?.total == (answersLowPorts ? 2 : 1))
    }
  }

  @Test("answers no client more often than the rate limit permits")
  func rateLimit() async throws {
    try await StampReflector.with(keys: #", "rateLimit": { "perSecond": 1, "burst": 3 }"#) { reflector in
      let sender = try reflector.sender()
      for _ in 0..<100 { try sender.send(StampWire.request()) }
      let isServed = try await eventually { try await reflector.stats().messages.received == 100 }
      #expect(isServed)
      let stats = try await reflector.stats()
      #expect(stats.messages.sent >= 3 && stats.messages.sent + stats.dropped.rateLimited == 100)
      #expect(stats.dropped.rateLimited > 80)
    }
  }

  @Test("does not answer, or remember, a client that has no access")
  func denied() async throws {
    try await StampReflector.with(keys: #", "allow": ["10.0.0.0/8"]"#) { reflector in
      try reflector.sender().send(StampWire.request())
      let isDropped = try await eventually {
        try await reflector.stats().dropped.denied == 1
      }
      #expect(isDropped)
      #expect(try await reflector.stats().sessions == Stats.Clients(current: 0, total: 0))
    }
  }

  @Test("has a time of departure before the delay that an impairment adds, which is the path's")
  func delayed() async throws {
    let milliseconds: Int64 = 100
    let keys = #", "impair": { "delayMilliseconds": \#(milliseconds) }"#
    try await StampReflector.with(keys: keys) { reflector in
      let begin = StampTime.now()
      let reply = try await reflector.sender().ask(StampWire.request())
      let (end, delay) = (StampTime.now(), milliseconds * 1_000_000)
      let received = StampTime.nanoseconds(reply.received, isPTP: false)
      let sent = StampTime.nanoseconds(reply.sent, isPTP: false)
      #expect(begin <= received && received < sent && end - sent >= delay - 1_000_000)
    }
  }
}
