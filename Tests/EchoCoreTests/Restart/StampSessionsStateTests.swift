import Addresses
import Testing

@testable import EchoCore

@Suite("The sessions of a reflector after a restart")
struct StampSessionsStateTests {
  private static func key(_ number: UInt16) -> StampSessions.Key {
    StampSessions.Key(
      client: Endpoint(address: .loopbackIPv4, port: 5000 + number, scope: 3),
      local: number == 1 ? nil : .loopbackIPv4, sessionID: number)
  }

  /// Three sessions, of one to three requests; the first one has had a reply.
  private static func before() -> StampSessions {
    var sessions = StampSessions()
    for number in 1...UInt16(3) {
      for _ in 0..<number { _ = sessions.receive(key(number), at: Int64(number)) }
    }
    let (index, _) = sessions.receive(key(1), at: 4)
    sessions.depart(index, StampSessions.Departure(sequence: 1, timestamp: 99))
    return sessions
  }

  private func restored(at now: Int64) throws -> StampSessions {
    var sessions = StampSessions()
    _ = sessions.receive(Self.key(9), at: 0)
    var reader = StateReader(written { Self.before().write(to: &$0) })
    try sessions.restore(from: &reader, at: now)
    #expect(reader.bytesLeft == 0)
    return sessions
  }

  @Test("continue with their numbers and their last replies")
  func same() throws {
    var sessions = try restored(at: 5)
    #expect(sessions.count == 3)
    let found = (1...UInt16(3)).map { number in
      let (index, arrival) = sessions.receive(Self.key(number), at: 5)
      return (arrival == .known, sessions[index].received, sessions[index].lastReply?.timestamp)
    }
    #expect(found.map(\.0) == [true, true, true] && found.map(\.1) == [3, 3, 4])
    #expect(found.map(\.2) == [99, nil, nil])
  }

  @Test("are forgotten when they would have been without a restart")
  func expiry() throws {
    let sessions = try restored(at: 60_003)
    #expect(sessions.count == 1 && sessions.nextExpiry == 60_004)
  }

  @Test("are none if the bytes are broken, and nothing crashes")
  func broken() {
    let whole = written { Self.before().write(to: &$0) }
    for bytes in EchoCoreTests.broken(whole) {
      var sessions = Self.before()
      let error = failure(of: bytes) { reader throws(StateError) in try sessions.restore(from: &reader, at: 5)
      }
      let isEmpty = sessions.count == 0
      _ = sessions.expire(at: 70_000)
      if bytes.count < whole.count, error != .truncated || !isEmpty { Issue.record("\(bytes)") }
    }
  }
}
