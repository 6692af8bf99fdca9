public import Addresses

/// The UDP clients that were heard from lately, of one queue: a table of bounded size.
///
/// A client is an endpoint. It is current for ``lifetimeSeconds`` after its last datagram. When the table is full the
/// client that was silent for longest makes room for the new one, is counted as evicted, and counts as new with its
/// next datagram: the current figure is then too low and the total too high, and every reply is still sent.
public struct ClientTable: Sendable {
  /// How long a client is current after its last datagram.
  public static let lifetimeSeconds = 60
  /// How many clients a queue remembers.
  public static let capacity = 65_536

  /// What hearing from a client changed.
  public enum Outcome: Sendable, Equatable {
    /// It was known.
    case known
    /// It came new.
    case new
    /// It came new, and another one was forgotten for it.
    case newEvictingAnother
  }

  /// When each client was heard last.
  private var clients: RecencyTable<Endpoint, Int64>
  private let lifetimeMilliseconds: Int64

  /// An empty table. Its memory is set aside when the first client is heard.
  public init(
    capacity: Int = Self.capacity, lifetimeMilliseconds: Int64 = Int64(Self.lifetimeSeconds) * 1000
  ) {
    self.clients = RecencyTable(capacity: capacity)
    self.lifetimeMilliseconds = lifetimeMilliseconds
  }

  /// How many clients it holds.
  public var count: Int { clients.count }

  /// Notes a datagram of a client; `now` in milliseconds of a clock that never goes back.
  public mutating func record(_ client: Endpoint, at now: Int64) -> Outcome {
    if recordIfKnown(client, at: now) { return .known }
    let evicted = clients.isFull ? clients.first : nil
    if let evicted { clients.remove(evicted) }
    clients.insert(now, for: client)
    return evicted == nil ? .new : .newEvictingAnother
  }

  /// Notes a datagram of a client if it is known, and returns whether it is.
  public mutating func recordIfKnown(_ client: Endpoint, at now: Int64) -> Bool {
    guard let index = clients.index(of: client) else { return false }
    clients.touch(index)
    clients[index] = now
    return true
  }

  /// Forgets the clients whose lifetime is over and returns how many.
  public mutating func expire(at now: Int64) -> Int {
    let before = count
    while let first = clients.first, clients[first] + lifetimeMilliseconds <= now { clients.remove(first) }
    return before - count
  }

  /// When the next client's lifetime ends, in milliseconds; `nil` while there is none.
  public var nextExpiry: Int64? {
    clients.first.map { clients[$0] + lifetimeMilliseconds }
  }
}
