import Addresses
import EchoCore
import Testing

@Suite("A client table after a restart")
struct ClientTableStateTests {
  private static let lifetime = Int64(ClientTable.lifetimeSeconds) * 1000

  private static func client(_ number: Int) -> Endpoint {
    Endpoint(address: .loopbackIPv4, port: UInt16(number))
  }

  private func restored(
    _ table: ClientTable, capacity: Int = 10, at now: Int64
  ) throws -> ClientTable {
    var restored = ClientTable(capacity: capacity)
    _ = restored.insert(Self.client(999), byteCount: 1, at: 0)
    var reader = StateReader(written { table.write(to: &$0) })
    try restored.restore(from: &reader, at: now)
    #expect(reader.bytesLeft == 0)
    return restored
  }

  /// A table of clients that sent one after another.
  private func table(_ count: Int) -> ClientTable {
    var table = ClientTable(capacity: 10)
    for number in 0..<count { _ = table.insert(Self.client(number), byteCount: 5, at: Int64(number)) }
    return table
  }

  @Test(
    "knows its clients and what they sent, and forgets them as without a restart", arguments: UInt64(0)..<10)
  func same(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    var table = ClientTable(capacity: 1 + random.next(below: 50))
    var now: Int64 = 0
    for _ in 0..<200 {
      now += Int64(random.next(below: 1000))
      let client = Self.client(random.next(below: 60))
      if !table.recordIfKnown(client, byteCount: 7, at: now) {
        _ = table.insert(client, byteCount: 9, at: now)
      }
      _ = table.expire(at: now)
    }
    var restored = try restored(table, capacity: 50, at: now)
    #expect(restored.count == table.count && restored.busiest(at: now) == table.busiest(at: now))
    while let next = table.nextExpiry {
      try #require(restored.nextExpiry == next)
      let (expected, expired) = (table.expire(at: next), restored.expire(at: next))
      try #require(expired == expected)
    }
    #expect(restored.count == 0)
  }

  @Test("leaves out the clients whose lifetime is over")
  func expired() throws {
    let restored = try restored(table(3), at: Self.lifetime + 1)
    #expect(restored.busiest(at: 0).map(\.client) == [Self.client(2)])
  }

  @Test("keeps the clients that sent last if it has less room")
  func smaller() throws {
    let restored = try restored(table(5), capacity: 2, at: 5)
    #expect(Set(restored.busiest(at: 5).map(\.client)) == [Self.client(3), Self.client(4)])
  }

  @Test("treats clients that sent later than now as sending now")
  func future() throws {
    var table = ClientTable()
    _ = table.insert(Self.client(1), byteCount: 1, at: .max)
    #expect(try restored(table, at: 100).nextExpiry == 100 + Self.lifetime)
  }

  @Test("is empty if the bytes are broken, and never crashes")
  func broken() {
    let whole = written { table(3).write(to: &$0) }
    let found = EchoCoreTests.broken(whole).map { bytes in
      var table = table(2)
      let error = failure(of: bytes) { reader throws(StateError) in try table.restore(from: &reader, at: 3) }
      _ = table.expire(at: 100_000)
      return error == nil || table.count == 0 || bytes.count == whole.count
    }
    #expect(found.allSatisfy { $0 })
  }
}
