import Addresses
import Testing

@testable import EchoCore

@Suite("The sessions of a STAMP reflector")
struct StampSessionsTests {
  private func key(_ port: UInt16 = 5000, local: UInt128 = 1, _ sessionID: UInt16 = 0) -> StampSessions.Key {
    StampSessions.Key(
      client: Endpoint(address: .loopbackIPv4, port: port), local: IPAddress(bits: local),
      sessionID: sessionID)
  }

  @Test("are distinguished by addresses, ports and session identifier")
  func keys() {
    var sessions = StampSessions()
    for key in [key(), key(5001), key(local: 2), key(5000, local: 1, 7)] {
      for sequence in 0..<3 as Range<UInt32> {
        let (index, arrival) = sessions.receive(key, at: 0)
        #expect(arrival == (sequence == 0 ? .new : .known))
        #expect(sessions[index].sequence == sequence && sessions[index].received == sequence + 1)
      }
    }
    #expect(sessions.count == 4)
  }

  @Test("know the last reply that was sent")
  func departures() {
    var sessions = StampSessions()
    let (index, _) = sessions.receive(key(), at: 0)
    #expect(sessions[index].lastReply == nil)
    sessions.depart(index, StampSessions.Departure(sequence: 0, timestamp: 9))
    #expect(sessions.receive(key(), at: 1).0 == index)
    #expect(sessions[index].lastReply == StampSessions.Departure(sequence: 0, timestamp: 9))
  }

  @Test("end after a client's lifetime of silence, and begin at 0 again")
  func expiry() {
    var sessions = StampSessions()
    _ = sessions.receive(key(1), at: 0)
    _ = sessions.receive(key(2), at: 1000)
    _ = sessions.receive(key(1), at: 59_999)
    #expect(sessions.nextExpiry == 61_000)
    #expect(sessions.expire(at: 60_999) == 0)
    #expect(sessions.expire(at: 61_000) == 1)
    #expect(sessions.expire(at: 119_998) == 0)
    #expect(sessions.expire(at: 119_999) == 1)
    let (index, arrival) = sessions.receive(key(1), at: 120_000)
    #expect(arrival == .new && sessions[index].sequence == 0)
    #expect(sessions.expire(at: .max) == 1)
    #expect(sessions.expire(at: .max) == 0 && sessions.nextExpiry == nil)
  }

  @Test("never exceed the table: the one that has been silent longest is evicted")
  func bound() {
    var sessions = StampSessions()
    for port in 0..<UInt32(StampSessions.capacity) {
      #expect(sessions.receive(key(UInt16(port)), at: Int64(port)).1 == .new)
    }
    _ = sessions.receive(key(0), at: 70_000)
    for number in 1...1000 as ClosedRange<UInt16> {
      #expect(sessions.receive(key(0, local: 1, number), at: 70_001).1 == .evicting)
      #expect(sessions.count == StampSessions.capacity)
    }
    #expect(sessions.receive(key(0), at: 70_002).1 == .known)
    #expect(sessions.receive(key(1), at: 70_002).1 == .evicting)
  }
}
