/// Values under keys, in a table of bounded size that knows which of them was silent for longest.
///
/// The entries stand in a list from the one touched first to the one touched last, so that expiring and evicting take
/// from its front. Memory is set aside with the first entry; after that nothing allocates.
struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// Where an entry is, until it is removed.
  struct Place: Equatable, Sendable {
    fileprivate let index: Int32

    fileprivate static var none: Self { Self(index: -1) }
  }

  private struct Entry {
    var key: Key
    var value: Value
    var previous: Place
    var next: Place
  }

  let capacity: Int
  private var entries: [Entry] = []
  private var free: [Place] = []
  private var places: [Key: Place] = [:]
  private var front = Place.none
  private var back = Place.none

  /// An empty table for so many entries.
  init(capacity: Int) {
    precondition((1...Int(Int32.max)).contains(capacity))
    self.capacity = capacity
  }

  /// How many entries there are.
  var count: Int { places.count }

  var isFull: Bool { count == capacity }

  /// The entry that was silent for longest.
  var first: Place? { front == .none ? nil : front }

  /// Where a key's entry is.
  func place(of key: Key) -> Place? {
    // One sender alone, and nearly always a busy one, is the last that was touched.
    if back != .none, entries[Int(back.index)].key == key { return back }
    return places[key]
  }

  /// The value of an entry.
  subscript(place: Place) -> Value {
    get { entries[Int(place.index)].value }
    set { entries[Int(place.index)].value = newValue }
  }

  /// Makes an entry the one touched last.
  mutating func touch(_ place: Place) {
    guard place != back else { return }
    unlink(place)
    append(place)
  }

  /// Adds an entry for a key that has none, as the one touched last. The table must not be full.
  mutating func insert(_ value: Value, for key: Key) {
    precondition(!isFull)
    if entries.capacity == 0 { reserve() }
    let entry = Entry(key: key, value: value, previous: .none, next: .none)
    let place: Place
    if let unused = free.popLast() {
      place = unused
      entries[Int(place.index)] = entry
    } else {
      place = Place(index: Int32(entries.count))
      entries.append(entry)
    }
    places[key] = place
    append(place)
  }

  /// Removes an entry.
  mutating func remove(_ place: Place) {
    unlink(place)
    places[entries[Int(place.index)].key] = nil
    free.append(place)
  }

  private mutating func reserve() {
    entries.reserveCapacity(capacity)
    free.reserveCapacity(capacity)
    places.reserveCapacity(capacity)
  }

  private mutating func unlink(_ place: Place) {
    let entry = entries[Int(place.index)]
    if entry.previous == .none {
      front = entry.next
    } else {
      entries[Int(entry.previous.index)].next = entry.next
    }
    if entry.next == .none {
      back = entry.previous
    } else {
      entries[Int(entry.next.index)].previous = entry.previous
    }
  }

  private mutating func append(_ place: Place) {
    entries[Int(place.index)].previous = back
    entries[Int(place.index)].next = .none
    if back == .none { front = place } else { entries[Int(back.index)].next = place }
    back = place
  }
}
