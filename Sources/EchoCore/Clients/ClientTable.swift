public import Addresses

/// The recent UDP clients of one queue, in a table of bounded size.
///
/// A client is an endpoint. It is current for ``lifetimeSeconds`` after its last datagram. When the table is full, a
/// new client evicts the one that has been idle longest, which counts as new again with its next datagram. The number
/// of current clients is then too low and the total too high; every reply is still sent.
public struct ClientTable: Sendable {
  /// How long a client is current after its last datagram.
  public static let lifetimeSeconds = 60
  /// How many clients a queue remembers.
  public static let capacity = 65_536
  /// How many bytes a table takes at most.
  public static let memoryBytes = 10 << 20

  /// What is known about a client.
  private struct Activity {
    /// The time of its last datagram.
    var lastSeen: Int64
    var messages: UInt64 = 1
    var bytes: UInt64
  }

  private var clients: RecencyTable<Endpoint, Activity>
  private let lifetimeMilliseconds: Int64

  /// Makes an empty table. It allocates its memory when the first client is recorded.
  public init(
    capacity: Int = Self.capacity, lifetimeMilliseconds: Int64 = Int64(Self.lifetimeSeconds) * 1000
  ) {
    self.clients = RecencyTable(capacity: capacity)
    self.lifetimeMilliseconds = lifetimeMilliseconds
  }

  /// The number of clients in the table.
  public var count: Int { clients.count }

  /// Records the first datagram of a client that is not known, and returns whether another client was evicted for it.
  public mutating func insert(_ client: Endpoint, byteCount: Int, at now: Int64) -> Bool {
    clients.insert(Activity(lastSeen: now, bytes: UInt64(byteCount)), for: client)
  }

  /// Records a datagram of a client if the client is known, and returns whether it is; `now` is in milliseconds of a
  /// monotonic clock.
  public mutating func recordIfKnown(_ client: Endpoint, byteCount: Int, at now: Int64) -> Bool {
    guard let index = clients.index(of: client) else { return false }
    clients.touch(index)
    clients.change(index) { activity in
      activity.lastSeen = now
      activity.messages &+= 1
      activity.bytes &+= UInt64(byteCount)
    }
    return true
  }

  /// The busiest clients, the busiest first.
  public func busiest(at now: Int64) -> [ClientActivity] {
    var busiest = BusiestClients()
    clients.forEach { client, activity in
      busiest.add(
        ClientActivity(
          client: client, messages: activity.messages, bytes: activity.bytes,
          silentMilliseconds: now - activity.lastSeen))
    }
    return busiest.sorted()
  }

  /// Removes the clients whose lifetime is over and returns their number.
  public mutating func expire(at now: Int64) -> Int {
    let before = count
    while let first = clients.first, clients[first].lastSeen + lifetimeMilliseconds <= now {
      clients.remove(first)
    }
    return before - count
  }

  /// Removes the clients that an access list does not permit, and returns their number.
  public mutating func removeClients(deniedBy access: AccessList) -> Int {
    clients.removeAll { !access.permits($0.address) }
  }

  /// When the next client's lifetime ends, in milliseconds; `nil` when the table is empty.
  public var nextExpiry: Int64? {
    clients.first.map { clients[$0].lastSeen + lifetimeMilliseconds }
  }
}

extension ClientTable {
  /// How many bytes a client takes in a state: its endpoint, when it was last seen, and two counts.
  private static let stateBytes = 22 + 8 + 2 * 8

  /// Writes all clients.
  public func write(to writer: inout StateWriter) {
    clients.write(to: &writer) { writer, client, activity in
      writer.write(client)
      writer.write(activity.lastSeen)
      writer.write(activity.messages)
      writer.write(activity.bytes)
    }
  }

  /// Takes over the clients that another table wrote, instead of its own; `now` is in milliseconds of the monotonic clock.
  /// Those whose lifetime is over are left out, and if there are too many, those that have been idle longest. Throws, and
  /// leaves the table empty, if the bytes are broken.
  public mutating func restore(from reader: inout StateReader, at now: Int64) throws(StateError) {
    let lifetime = lifetimeMilliseconds
    try clients.restore(from: &reader, ofBytes: Self.stateBytes) { reader throws(StateError) in
      let client = try reader.endpoint()
      let activity = Activity(
        lastSeen: try reader.pastTime(at: now), messages: try reader.number(), bytes: try reader.number())
      return activity.lastSeen + lifetime > now ? (client, activity) : nil
    }
  }
}
