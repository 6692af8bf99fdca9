import Addresses
import EchoCore
import Testing

@Suite("A client table")
struct ClientTableTests {
  private static let lifetime = Int64(ClientTable.lifetimeSeconds) * 1000

  private static func client(_ number: Int) -> Endpoint {
    Endpoint(address: IPAddress(v4: 0xC000_0200 + UInt32(number >> 8)), port: UInt16(1024 + (number & 0xFF)))
  }

  @Test("knows a client again by its address, its port and its zone")
  func identity() throws {
    var table = ClientTable()
    let linkLocal = try #require(IPAddress("fe80::1"))
    let clients = [
      Endpoint(address: .loopbackIPv4, port: 5000), Endpoint(address: .loopbackIPv4, port: 5001),
      Endpoint(address: try #require(IPAddress("127.0.0.2")), port: 5000),
      Endpoint(address: linkLocal, port: 5000, scope: 1), Endpoint(address: linkLocal, port: 5000, scope: 2),
    ]
    for client in clients { #expect(table.record(client, at: 0) == .new) }
    for client in clients { #expect(table.record(client, at: 1) == .known) }
    #expect(table.count == clients.count)
  }

  @Test("forgets a client exactly when its lifetime ends")
  func expiry() {
    var table = ClientTable()
    _ = table.record(Self.client(1), at: 1000)
    #expect(table.nextExpiry == 1000 + Self.lifetime)
    #expect(table.expire(at: 1000 + Self.lifetime - 1) == 0)
    #expect(table.count == 1)
    #expect(table.expire(at: 1000 + Self.lifetime) == 1)
    #expect(table.count == 0 && table.nextExpiry == nil)
  }

  @Test("extends the lifetime of a client that sends again", arguments: [1, 2, 3])
  func renewal(clients: Int) {
    var table = ClientTable()
    for number in 0..<clients { _ = table.record(Self.client(number), at: 0) }
    // The first one, so that it has to move behind the others.
    #expect(table.record(Self.client(0), at: 500) == .known)
    #expect(table.expire(at: Self.lifetime) == clients - 1)
    #expect(table.nextExpiry == 500 + Self.lifetime)
    #expect(table.expire(at: 500 + Self.lifetime) == 1)
  }

  @Test("takes a client that it has forgotten for a new one")
  func returning() {
    var table = ClientTable()
    #expect(table.record(Self.client(1), at: 0) == .new)
    #expect(table.expire(at: Self.lifetime) == 1)
    #expect(table.record(Self.client(1), at: Self.lifetime) == .new)
    #expect(table.count == 1 && table.nextExpiry == 2 * Self.lifetime)
  }

  @Test("evicts the client that has been idle longest when it is full")
  func eviction() {
    var table = ClientTable(capacity: 3)
    for number in 0..<3 { #expect(table.record(Self.client(number), at: Int64(number)) == .new) }
    // Now 1 has been idle longest.
    #expect(table.record(Self.client(0), at: 3) == .known)
    #expect(table.record(Self.client(3), at: 4) == .newEvictingAnother)
    #expect(table.count == 3)
    #expect(table.nextExpiry == 2 + Self.lifetime)
    for number in [0, 2, 3] { #expect(table.record(Self.client(number), at: 5) == .known) }
    #expect(table.record(Self.client(1), at: 6) == .newEvictingAnother)
  }

  @Test("works with room for one client")
  func smallest() {
    var table = ClientTable(capacity: 1)
    #expect(table.record(Self.client(1), at: 0) == .new)
    #expect(table.record(Self.client(1), at: 1) == .known)
    #expect(table.record(Self.client(2), at: 2) == .newEvictingAnother)
    #expect(table.record(Self.client(1), at: 3) == .newEvictingAnother)
    #expect(table.count == 1 && table.nextExpiry == 3 + Self.lifetime)
    #expect(table.expire(at: 3 + Self.lifetime) == 1)
    #expect(table.record(Self.client(2), at: 3 + Self.lifetime) == .new)
  }

  @Test("holds as many clients as its capacity, and no more")
  func capacity() {
    var table = ClientTable()
    for number in 0..<ClientTable.capacity { #expect(table.record(Self.client(number), at: 0) == .new) }
    for number in 0..<100 {
      #expect(table.record(Self.client(ClientTable.capacity + number), at: 1) == .newEvictingAnother)
    }
    #expect(table.count == ClientTable.capacity)
    #expect(table.expire(at: Self.lifetime) == ClientTable.capacity - 100)
    #expect(table.expire(at: 1 + Self.lifetime) == 100)
  }

  @Test("lists its clients with what they have sent, the busiest first")
  func busiest() {
    var table = ClientTable()
    for number in 1...3 {
      _ = table.insert(Self.client(number), byteCount: 10, at: 0)
      for _ in 1..<number { _ = table.recordIfKnown(Self.client(number), byteCount: 5, at: 100) }
    }
    #expect(
      table.busiest(at: 250) == [
        ClientActivity(client: Self.client(3), messages: 3, bytes: 20, silentMilliseconds: 150),
        ClientActivity(client: Self.client(2), messages: 2, bytes: 15, silentMilliseconds: 150),
        ClientActivity(client: Self.client(1), messages: 1, bytes: 10, silentMilliseconds: 250),
      ])
  }

  @Test("starts a client's counts at 0 again after forgetting the client")
  func forgottenActivity() {
    var table = ClientTable(capacity: 1)
    for number in [1, 1, 2, 1] { _ = table.record(Self.client(number), at: 0) }
    #expect(table.busiest(at: 0).map(\.messages) == [1])
  }

  @Test("does what a simple list does, in any order of datagrams", arguments: UInt64(0)..<20)
  func model(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let capacity = 1 + random.next(below: 40)
    let (crowd, pause) = (1 + random.next(below: 3 * capacity), 1 + random.next(below: 10_000))
    var (table, model, now) = (ClientTable(capacity: capacity), ListModel(capacity: capacity), Int64(0))
    for _ in 0..<3000 {
      now += Int64(random.next(below: pause))
      if random.next(below: 10) == 0 {
        try #require(table.expire(at: now) == model.expire(at: now))
      } else {
        let client = Self.client(random.next(below: crowd))
        try #require(table.record(client, at: now) == model.record(client, at: now))
      }
      try #require(table.count == model.clients.count)
      try #require(table.nextExpiry == model.clients.first.map { $0.lastSeen + Self.lifetime })
    }
  }

  /// The table as an array, the one that has been idle longest first.
  private struct ListModel {
    let capacity: Int
    var clients: [(client: Endpoint, lastSeen: Int64)] = []

    fileprivate mutating func record(_ client: Endpoint, at now: Int64) -> Outcome {
      var outcome = Outcome.new
      if let index = clients.firstIndex(where: { $0.client == client }) {
        clients.remove(at: index)
        outcome = .known
      } else if clients.count == capacity {
        clients.removeFirst()
        outcome = .newEvictingAnother
      }
      clients.append((client, now))
      return outcome
    }

    mutating func expire(at now: Int64) -> Int {
      let before = clients.count
      clients.removeAll { $0.lastSeen + ClientTableTests.lifetime <= now }
      return before - clients.count
    }
  }
}

/// What recording a client changed.
private enum Outcome {
  case known, new, newEvictingAnother
}

extension ClientTable {
  /// Records a datagram of a client, as a queue does.
  fileprivate mutating func record(_ client: Endpoint, at now: Int64) -> Outcome {
    if recordIfKnown(client, byteCount: 1, at: now) { return .known }
    return insert(client, byteCount: 1, at: now) ? .newEvictingAnother : .new
  }
}
