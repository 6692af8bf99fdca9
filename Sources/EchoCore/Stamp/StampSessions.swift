import Addresses

/// The sessions of a reflector's queue, in a table of bounded size. See RFC 8762, section 4, and RFC 8972, section 3.
///
/// A session lasts until no request has come for ``ClientTable/lifetimeSeconds``. When the table is full, a new session
/// evicts the one that has been silent longest, whose numbers then begin at 0 again.
public struct StampSessions {
  /// How many sessions a queue remembers.
  static let capacity = 65_536
  /// How many bytes a table takes at most.
  public static let memoryBytes = 14 << 20

  /// What distinguishes sessions, besides the port of the queue. Its fields are in the order that takes the least memory.
  struct Key: Hashable {
    private let client: IPAddress
    private let local: IPAddress
    private let clientScope: UInt32
    private let clientPort: UInt16
    private let sessionID: UInt16

    init(client: Endpoint, local: IPAddress?, sessionID: UInt16) {
      (self.client, clientScope, clientPort) = (client.address, client.scope, client.port)
      (self.local, self.sessionID) = (local ?? IPAddress(bits: 0), sessionID)
    }
  }

  /// What a session's replies say about it. The numbers wrap.
  struct Session {
    fileprivate var lastSeen: Int64
    /// How many requests have come.
    fileprivate(set) var received: UInt32 = 0
    /// The last reply that has been sent; `nil` before the first.
    fileprivate(set) var lastReply: Departure?

    /// The number of the reply to the latest request, from 0.
    var sequence: UInt32 { received &- 1 }
  }

  /// Which reply was sent, and when.
  struct Departure: Hashable {
    var sequence: UInt32
    /// As in the reply.
    var timestamp: UInt64
  }

  typealias Index = RecencyTable<Key, Session>.Index

  private var table = RecencyTable<Key, Session>(capacity: capacity)

  /// How many sessions there are.
  var count: Int { table.count }

  subscript(index: Index) -> Session { table[index] }

  /// What a request means for the table.
  enum Arrival {
    case known, new, evicting
  }

  /// Counts a request, which begins a session if there is none. The index is valid until ``capacity`` more requests have
  /// come or ``expire(at:)`` is called.
  mutating func receive(_ key: Key, at now: Int64) -> (Index, Arrival) {
    var arrival = Arrival.known
    let index: Index
    if let known = table.index(of: key) {
      index = known
      table.touch(known)
    } else {
      arrival = table.insert(Session(lastSeen: now), for: key) ? .evicting : .new
      index = table.last
    }
    table.change(index) { session in
      session.lastSeen = now
      session.received &+= 1
    }
    return (index, arrival)
  }

  /// Notes when a reply of a session was sent.
  mutating func depart(_ index: Index, _ departure: Departure) {
    table.change(index) { $0.lastReply = departure }
  }

  /// Removes the sessions whose lifetime is over and returns their number; the time is in milliseconds.
  mutating func expire(at now: Int64) -> Int {
    let before = count
    while let next = nextExpiry, next <= now, let first = table.first { table.remove(first) }
    return before - count
  }

  /// When the next session's lifetime ends, in milliseconds; `nil` if there is none.
  var nextExpiry: Int64? {
    table.first.map { table[$0].lastSeen + Int64(ClientTable.lifetimeSeconds) * 1000 }
  }
}

extension StampSessions {
  /// How many bytes a session takes in a state at least: its key, when it was last seen, a count, and no reply.
  private static let stateBytes = 2 * 16 + 4 + 2 * 2 + 8 + 4 + 1

  /// Writes all sessions.
  func write(to writer: inout StateWriter) {
    table.write(to: &writer) { writer, key, session in
      key.write(to: &writer)
      writer.write(session.lastSeen)
      writer.write(session.received)
      writer.write(session.lastReply) { writer, reply in
        writer.write(reply.sequence)
        writer.write(reply.timestamp)
      }
    }
  }

  /// Takes over the sessions that another table wrote, instead of its own; the time is in milliseconds. Those whose
  /// lifetime is over are left out. Throws, and leaves the table empty, if the bytes are broken.
  mutating func restore(from reader: inout StateReader, at now: Int64) throws(StateError) {
    let lifetime = Int64(ClientTable.lifetimeSeconds) * 1000
    try table.restore(from: &reader, ofBytes: Self.stateBytes) { reader throws(StateError) in
      let key = try Key(reading: &reader)
      var session = Session(lastSeen: try reader.pastTime(at: now), received: try reader.number())
      session.lastReply = try reader.optional { reader throws(StateError) in
        Departure(sequence: try reader.number(), timestamp: try reader.number())
      }
      return session.lastSeen + lifetime > now ? (key, session) : nil
    }
  }
}

extension StampSessions.Key {
  fileprivate func write(to writer: inout StateWriter) {
    for address in [client, local] { writer.write(address) }
    writer.write(clientScope)
    for number in [clientPort, sessionID] { writer.write(number) }
  }

  fileprivate init(reading reader: inout StateReader) throws(StateError) {
    (client, local) = (try reader.address(), try reader.address())
    (clientScope, clientPort, sessionID) = (try reader.number(), try reader.number(), try reader.number())
  }
}
