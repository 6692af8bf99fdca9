import Addresses
import Testing

@testable import EchoCore

@Suite("A rate limiter after a restart")
struct RateLimiterStateTests {
  private static let limit = RateLimit(perSecond: 1, burst: 10)
  private static let total = RateLimit(perSecond: 1, burst: 40)

  private static func client(_ number: Int) -> Endpoint {
    Endpoint(address: IPAddress(v4: 0x0B00_0000 + UInt32(number)), port: 7000)
  }

  /// How many of a client's datagrams are answered at one moment.
  private func answered(_ client: Int, at now: Int64, by limiter: inout RateLimiter) -> Int {
    (0..<100).reduce(0) { sum, _ in
      sum + (limiter.refusal(of: Self.client(client), at: now) == nil ? 1 : 0)
    }
  }

  /// A limiter that knows clients.
  private func limiter(
    _ perClient: RateLimit? = limit, _ total: RateLimit? = nil, knowing clients: [Int] = []
  ) -> RateLimiter {
    var limiter = RateLimiter(perClient: perClient, total: total, capacity: 4)
    for client in clients {
      for now in [0, RateLimiter.probationMilliseconds] {
        _ = limiter.refusal(of: Self.client(client), at: now)
      }
    }
    return limiter
  }

  private func restore(_ limiter: RateLimiter, to other: inout RateLimiter, at now: Int64) throws {
    var reader = StateReader(written { limiter.write(to: &$0) })
    try other.restore(from: &reader, at: now)
    #expect(reader.bytesLeft == 0)
  }

  @Test("knows the clients, and what is left of their rates")
  func buckets() throws {
    var before = limiter(knowing: [1, 2])
    let used = answered(1, at: 2000, by: &before)
    var after = limiter(knowing: [3])
    try restore(before, to: &after, at: 2000)
    // Newcomers do not evict those that are known.
    for number in 10..<30 { _ = after.refusal(of: Self.client(number), at: 2000) }
    let counts = [answered(1, at: 2000, by: &after), answered(2, at: 4000, by: &after)]
    #expect(used > 8 && counts == [0, 10])
    #expect(answered(1, at: 5000, by: &after) == 3)
  }

  @Test("gives all clients together what is left for them")
  func shared() throws {
    var before = limiter(nil, Self.total, knowing: [1])
    _ = answered(1, at: 2000, by: &before)
    var after = limiter(nil, Self.total)
    try restore(before, to: &after, at: 2000)
    #expect(answered(1, at: 2000, by: &after) == 0)
    #expect(answered(1, at: 7000, by: &after) == 5)
  }

  @Test("gives newcomers their share of what is left")
  func newcomers() throws {
    var before = limiter(nil, Self.total, knowing: [1])
    let used = answered(2, at: 2000, by: &before)
    var after = limiter(nil, Self.total)
    try restore(before, to: &after, at: 2000)
    let counts = [answered(3, at: 2000, by: &after), answered(1, at: 2000, by: &after)]
    #expect(used == 20 && counts == [0, 20])
  }

  @Test("fills every bucket if its limits have changed, and remembers the clients")
  func otherLimits() throws {
    var before = limiter(Self.limit, Self.total, knowing: [1])
    _ = answered(1, at: 2000, by: &before)
    for (perClient, total) in [(RateLimit(perSecond: 1, burst: 11), Self.total), (Self.limit, nil)] {
      var after = limiter(perClient, total)
      try restore(before, to: &after, at: 2000)
      #expect(answered(1, at: 2000, by: &after) == perClient.burst)
      for number in 10..<30 { _ = after.refusal(of: Self.client(number), at: 2000) }
      #expect(answered(1, at: 2000, by: &after) == 0)
    }
  }

  @Test("knows no client if the bytes are broken, and never crashes")
  func broken() {
    let whole = written { limiter(Self.limit, Self.total, knowing: [1, 2]).write(to: &$0) }
    for bytes in EchoCoreTests.broken(whole) {
      var limiter = limiter(Self.limit, Self.total)
      let error = failure(of: bytes) { reader throws(StateError) in
        try limiter.restore(from: &reader, at: 3000)
      }
      for client in 0..<4 { _ = limiter.refusal(of: Self.client(client), at: 3000) }
      // A bucket's debt is at most its burst, whatever the bytes are.
      let count = answered(1, at: 60_000, by: &limiter)
      if count == 0 { Issue.record("\(String(describing: error)) and no reply after \(bytes)") }
    }
  }
}
