public import Addresses

/// The UDP clients that were heard from lately, of one queue: a table of bounded size.
///
/// A client is an endpoint. It is current for ``lifetimeSeconds`` after its last datagram. When the table is full the
/// client that was silent for longest makes room for the new one, is counted as evicted, and comes new again with its
/// next datagram: the current figure is then too low and the total too high, and every reply is still sent.
///
/// The clients stand in a list from the one silent for longest to the one heard last, so that expiring and evicting
/// take from its front. Memory is set aside once; hearing from a client allocates nothing.
public struct ClientTable: Sendable {
  /// How long a client is current after its last datagram.
  public static let lifetimeSeconds = 60
  /// How many clients a queue remembers.
  public static let capacity = 65_536

  /// What hearing from a client changed.
  public enum Heard: Sendable, Equatable {
    /// It was known.
    case known
    /// It came new.
    case new
    /// It came new, and another one was forgotten for it.
    case newEvictingAnother
  }

  private struct Entry {
    var client: Endpoint
    var heardAt: Int64
    var previous: Int32
    var next: Int32
  }

  private static let none: Int32 = -1

  private let capacity: Int
  private let lifetimeMilliseconds: Int64
  private var entries: [Entry] = []
  private var free: [Int32] = []
  private var index: [Endpoint: Int32] = [:]
  private var first = none
  private var last = none

  /// An empty table. Its memory is set aside when the first client is heard.
  public init(
    capacity: Int = Self.capacity, lifetimeMilliseconds: Int64 = Int64(Self.lifetimeSeconds) * 1000
  ) {
    precondition(capacity > 0)
    self.capacity = capacity
    self.lifetimeMilliseconds = lifetimeMilliseconds
  }

  /// How many clients it holds.
  public var count: Int { index.count }

  /// Notes a datagram of a client; `now` in milliseconds of a clock that never goes back.
  public mutating func hear(_ client: Endpoint, at now: Int64) -> Heard {
    // One client alone, and nearly always a busy one, is the last that was heard.
    if last != Self.none, entries[Int(last)].client == client {
      entries[Int(last)].heardAt = now
      return .known
    }
    if let place = index[client] {
      unlink(place)
      entries[Int(place)].heardAt = now
      append(place)
      return .known
    }
    if entries.capacity == 0 { reserve() }
    let isFull = count == capacity
    if isFull { forgetFirst() }
    let place = take(client, at: now)
    index[client] = place
    append(place)
    return isFull ? .newEvictingAnother : .new
  }

  /// Forgets the clients whose lifetime is over and returns how many.
  public mutating func expire(at now: Int64) -> Int {
    let before = count
    while let due = nextExpiry, due <= now { forgetFirst() }
    return before - count
  }

  /// When the next client's lifetime ends, in milliseconds; `nil` while there is none.
  public var nextExpiry: Int64? {
    first == Self.none ? nil : entries[Int(first)].heardAt + lifetimeMilliseconds
  }

  private mutating func reserve() {
    entries.reserveCapacity(capacity)
    free.reserveCapacity(capacity)
    index.reserveCapacity(capacity)
  }

  private mutating func take(_ client: Endpoint, at now: Int64) -> Int32 {
    let entry = Entry(client: client, heardAt: now, previous: Self.none, next: Self.none)
    if let place = free.popLast() {
      entries[Int(place)] = entry
      return place
    }
    entries.append(entry)
    return Int32(entries.count - 1)
  }

  private mutating func forgetFirst() {
    let place = first
    unlink(place)
    index[entries[Int(place)].client] = nil
    free.append(place)
  }

  private mutating func unlink(_ place: Int32) {
    let entry = entries[Int(place)]
    if entry.previous == Self.none {
      first = entry.next
    } else {
      entries[Int(entry.previous)].next = entry.next
    }
    if entry.next == Self.none {
      last = entry.previous
    } else {
      entries[Int(entry.next)].previous = entry.previous
    }
  }

  private mutating func append(_ place: Int32) {
    entries[Int(place)].previous = last
    entries[Int(place)].next = Self.none
    if last == Self.none { first = place } else { entries[Int(last)].next = place }
    last = place
  }
}
