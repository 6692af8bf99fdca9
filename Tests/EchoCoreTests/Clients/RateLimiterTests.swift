import Addresses
@testable import EchoCore
import Testing

@Suite("A rate limiter")
struct RateLimiterTests {
  private static let limit = RateLimit(perSecond: 10, burst: 5)

  private func endpoint(_ text: String, scope: UInt32 = 0) throws -> Endpoint {
    Endpoint(address: try #require(IPAddress(text)), port: 7000, scope: scope)
  }

  /// A client whose address no other number has.
  private func forged(_ number: Int) -> Endpoint {
    Endpoint(address: IPAddress(v4: 0x0B00_0000 + UInt32(number)), port: 7000)
  }

  /// How many of a client's `count` datagrams are answered at one moment.
  private func answered(
    _ count: Int, of client: Endpoint, at now: Int64, by limiter: inout RateLimiter
  ) -> Int {
    (0..<count).reduce(0) { sum, _ in sum + (limiter.refusal(of: client, at: now) == nil ? 1 : 0) }
  }

  /// A client that came back after its probation.
  private func makeKnown(_ client: Endpoint, from start: Int64 = 0, to limiter: inout RateLimiter) {
    for now in [start, start + RateLimiter.probationMilliseconds] {
      #expect(answered(1, of: client, at: now, by: &limiter) == 1)
    }
  }

  @Test("without a limit permits everything")
  func unlimited() {
    var limiter = RateLimiter(perClient: nil, total: nil)
    #expect(answered(10_000, of: forged(1), at: 0, by: &limiter) == 10_000)
  }

  @Test("gives each client its own rate, new or known")
  func perClient() {
    var limiter = RateLimiter(perClient: Self.limit, total: nil)
    for client in 1...3 { #expect(answered(100, of: forged(client), at: 0, by: &limiter) == 5) }
    // Known now, and with the bucket that it had.
    let later = RateLimiter.probationMilliseconds
    for client in 1...3 { #expect(answered(100, of: forged(client), at: later, by: &limiter) == 5) }
    for client in 1...3 { #expect(answered(100, of: forged(client), at: later + 200, by: &limiter) == 2) }
    let refusal = limiter.refusal(of: forged(1), at: later + 200)
    #expect(refusal == .rateLimited)
  }

  @Test("takes the addresses of an IPv6 /64 for one client, and those of another for another")
  func ipv6() throws {
    var limiter = RateLimiter(perClient: Self.limit, total: nil)
    var count = 0
    for host in 0..<20 { count += answered(1, of: try endpoint("2001:db8::\(host)"), at: 0, by: &limiter) }
    #expect(count == 5)
    #expect(answered(20, of: try endpoint("2001:db8:0:1::1"), at: 0, by: &limiter) == 5)
  }

  @Test("tells link-local neighbours apart")
  func linkLocal() throws {
    var limiter = RateLimiter(perClient: Self.limit, total: nil)
    for (address, scope) in [("fe80::a", 2), ("fe80::b", 2), ("fe80::a", 3)] as [(String, UInt32)] {
      #expect(answered(20, of: try endpoint(address, scope: scope), at: 0, by: &limiter) == 5)
    }
  }

  @Test("takes each IPv4 address for a client of its own")
  func ipv4() {
    var limiter = RateLimiter(perClient: Self.limit, total: nil)
    #expect(answered(20, of: forged(1), at: 0, by: &limiter) == 5)
    #expect(answered(20, of: forged(2), at: 0, by: &limiter) == 5)
  }

  @Test("gives all clients together no more than the rate of all")
  func total() {
    var limiter = RateLimiter(perClient: nil, total: RateLimit(perSecond: 100, burst: 50))
    let clients = (0..<10).map(forged)
    for (number, client) in clients.enumerated() {
      makeKnown(client, from: Int64(number) * 2000, to: &limiter)
    }
    let now: Int64 = 30_000
    let counts = clients.map { answered(20, of: $0, at: now, by: &limiter) }
    #expect(counts.reduce(0, +) == 50)
    let refusal = limiter.refusal(of: clients[0], at: now)
    #expect(refusal == .overLimit)
  }

  @Test("does not let a flood of forged addresses take a known client's replies")
  func flood() {
    var limiter = RateLimiter(perClient: Self.limit, total: RateLimit(perSecond: 100, burst: 100))
    makeKnown(forged(0), to: &limiter)
    var number = 1
    var floodAnswered = 0
    for second in 2..<60 {
      for millisecond in Int64(0)..<1000 {
        let now = Int64(second) * 1000 + millisecond
        for _ in 0..<10 {
          floodAnswered += answered(1, of: forged(number), at: now, by: &limiter)
          number += 1
        }
        if millisecond % 250 == 0 { #expect(answered(1, of: forged(0), at: now, by: &limiter) == 1) }
      }
    }
    // Half of the rate of all, for 58 seconds, and half of the burst.
    #expect((2800...3000).contains(floodAnswered))
  }

  @Test("remembers a known client however many newcomers there are")
  func memory() {
    var limiter = RateLimiter(perClient: Self.limit, total: nil, capacity: 16)
    makeKnown(forged(0), to: &limiter)
    #expect(answered(100, of: forged(0), at: 2000, by: &limiter) == 5)
    for number in 1...1000 { #expect(answered(1, of: forged(number), at: 2000, by: &limiter) == 1) }
    // A limiter that had forgotten it would give it a full bucket.
    #expect(answered(100, of: forged(0), at: 2000, by: &limiter) == 0)
  }

  @Test("evicts the known client that has been idle longest for one that becomes known")
  func knownAreBounded() {
    var limiter = RateLimiter(perClient: RateLimit(perSecond: 1, burst: 1000), total: nil, capacity: 2)
    for number in 0..<3 { makeKnown(forged(number), from: Int64(number) * 10_000, to: &limiter) }
    // The first is a newcomer again: its bucket is full, the others' are not.
    #expect(answered(2000, of: forged(2), at: 21_000, by: &limiter) < 1000)
    #expect(answered(2000, of: forged(0), at: 21_000, by: &limiter) == 1000)
  }

  @Test("fills every bucket when the limits change, and remembers known clients")
  func change() {
    var limiter = RateLimiter(
      perClient: RateLimit(perSecond: 1, burst: 1000), total: RateLimit(perSecond: 1, burst: 4000),
      capacity: 2)
    makeKnown(forged(0), to: &limiter)
    #expect(answered(2000, of: forged(0), at: 2000, by: &limiter) > 900)
    limiter.change(perClient: Self.limit, total: nil)
    // If the debt under the old limit remained, there would be no token for minutes.
    #expect(answered(100, of: forged(0), at: 2000, by: &limiter) == 5)
    // If the client were not known, newcomers would evict it.
    for number in 1...10 { #expect(answered(1, of: forged(number), at: 2000, by: &limiter) == 1) }
    #expect(answered(100, of: forged(0), at: 2000, by: &limiter) == 0)
  }
}
