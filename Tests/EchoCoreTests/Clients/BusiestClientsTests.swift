import Addresses
@testable import EchoCore
import Testing

@Suite("The busiest clients")
struct BusiestClientsTests {
  private func activity(
    _ number: Int, messages: UInt64, bytes: UInt64 = 0, silent: Int64 = 0
  ) -> ClientActivity {
    ClientActivity(
      client: Endpoint(address: IPAddress(v4: UInt32(number)), port: 7), messages: messages, bytes: bytes,
      silentMilliseconds: silent)
  }

  private func sorted(_ activities: [ClientActivity], limit: Int = 3) -> [ClientActivity] {
    var busiest = BusiestClients(limit: limit)
    for activity in activities { busiest.add(activity) }
    return busiest.sorted()
  }

  @Test("are ordered by messages, then by bytes, then by which was active last")
  func order() {
    let inOrder = [
      activity(1, messages: 3), activity(2, messages: 2, bytes: 9),
      activity(3, messages: 2, bytes: 8, silent: 1),
      activity(4, messages: 2, bytes: 8, silent: 2),
    ]
    #expect(sorted(inOrder.reversed(), limit: 4) == inOrder)
  }

  @Test("are as many as the limit", arguments: [0, 1, 2, 3, 5, 6, 7, 1000])
  func limit(count: Int) {
    for activities in [(0..<count).map { $0 }, (0..<count).reversed(), (0..<count).map { $0 * 7919 % 1009 }] {
      let all = activities.map { activity($0, messages: UInt64($0)) }
      #expect(sorted(all) == Array(all.sorted { $0.messages > $1.messages }.prefix(3)))
    }
  }

  @Test("appear once each, even if several queues know a client")
  func merging() {
    let parts = [
      activity(1, messages: 2, bytes: 5, silent: 7), activity(2, messages: 3),
      activity(1, messages: 4, bytes: 1, silent: 3),
    ]
    #expect(sorted(parts) == [activity(1, messages: 6, bytes: 6, silent: 3), activity(2, messages: 3)])
  }

  @Test("were never last seen in the future")
  func clock() {
    #expect(activity(1, messages: 1, silent: -5).silentMilliseconds == 0)
  }
}
