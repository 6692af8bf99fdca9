import Addresses
@testable import EchoCore
import Testing
import TestSupport

@Suite("The rate limits of a UDP listener")
struct RateLimitTests {
  private func limited(perClient: RateLimit?, total: RateLimit?, queues: Int = 1) -> ListenerConfiguration {
    var listener = ListenerConfiguration.test(.udp, on: "0.0.0.0")
    (listener.rateLimit, listener.totalRateLimit, listener.queues) = (perClient, total, queues)
    return listener
  }

  /// The number of replies to `count` datagrams of a client, which waits until all of them were judged.
  private func replies(
    to count: Int, of client: PlainSocket, by echod: ServerUnderTest, after others: Int = 0
  ) async throws -> Int {
    let server = try await echod.endpoint("udp")
    for number in 0..<count { try client.send([UInt8(number)], to: server) }
    let areJudged = try await eventually {
      try await echod.statistics("udp")[.messagesReceived] == UInt64(others + count)
    }
    try #require(areJudged)
    var replies = 0
    while client.hasInput() {
      _ = try await client.receiveDatagram()
      replies += 1
    }
    return replies
  }

  // One a second is nothing beside the burst, however slow the machine is.
  private static let slow = RateLimit(perSecond: 1, burst: 100)

  @Test("answer a client up to its burst, and count the rest", arguments: [1, 3])
  func perClient(queues: Int) async throws {
    try await ServerUnderTest.with([limited(perClient: Self.slow, total: nil, queues: queues)]) { echod in
      // Several ports of one address are one client.
      var answered = 0
      for number in 0..<4 {
        answered += try await replies(to: 50, of: PlainSocket(.udp), by: echod, after: number * 50)
      }
      #expect((100..<150).contains(answered))
      let statistics = try await echod.statistics("udp")
      #expect(statistics[.messagesSent] == UInt64(answered))
      #expect(
        statistics[.rateLimited] == UInt64(200 - answered)
          && statistics.droppedTotal == statistics[.rateLimited])
    }
  }

  @Test("are each address's own")
  func addresses() async throws {
    try await ServerUnderTest.with([limited(perClient: Self.slow, total: nil)]) { echod in
      for number in 1...3 {
        let address = IPAddress(v4: 0x7F00_0000 + UInt32(number))
        let client = try PlainSocket(.udp, boundTo: Endpoint(address: address, port: 0))
        #expect(try await replies(to: 100, of: client, by: echod, after: (number - 1) * 100) == 100)
      }
      #expect(try await echod.statistics("udp").droppedTotal == 0)
    }
  }

  @Test("answer all clients up to the burst of all, of which new ones get half")
  func total() async throws {
    try await ServerUnderTest.with([limited(perClient: nil, total: Self.slow)]) { echod in
      let answered = try await replies(to: 100, of: PlainSocket(.udp), by: echod)
      #expect((50..<75).contains(answered))
      let statistics = try await echod.statistics("udp")
      #expect(
        statistics[.overLimit] == UInt64(100 - answered) && statistics.droppedTotal == statistics[.overLimit])
      // Whom nothing is answered is no client.
      #expect(statistics[.clientsTotal] == 1)
    }
  }
}
