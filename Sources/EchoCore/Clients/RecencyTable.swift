/// Values under keys, in a table of bounded size that knows which of them was silent for longest.
///
/// The entries stand in a list from the one touched first to the one touched last, so that expiring and evicting take
/// from its front. Memory is set aside with the first entry; after that nothing allocates.
struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// Where an entry is, until it is removed.
  struct Index: Equatable, Sendable {
    fileprivate let slot: Int32

    fileprivate static var none: Self { Self(slot: -1) }
  }

  private struct Entry {
    var key: Key
    var value: Value
    var previous: Index
    var next: Index
  }

  let capacity: Int
  private var entries: [Entry] = []
  private var free: [Index] = []
  private var indices: [Key: Index] = [:]
  private var front = Index.none
  private var back = Index.none

  /// An empty table for so many entries.
  init(capacity: Int) {
    precondition((1...Int(Int32.max)).contains(capacity))
    self.capacity = capacity
  }

  /// How many entries there are.
  var count: Int { indices.count }

  var isFull: Bool { count == capacity }

  /// The entry that was silent for longest.
  var first: Index? { front == .none ? nil : front }

  /// Where a key's entry is.
  func index(of key: Key) -> Index? {
    // One sender alone, and nearly always a busy one, is the last that was touched.
    if back != .none, entries[Int(back.slot)].key == key { return back }
    return indices[key]
  }

  /// The value of an entry.
  subscript(index: Index) -> Value {
    get { entries[Int(index.slot)].value }
    set { entries[Int(index.slot)].value = newValue }
  }

  /// Makes an entry the one touched last.
  mutating func touch(_ index: Index) {
    guard index != back else { return }
    unlink(index)
    append(index)
  }

  /// Adds an entry for a key that has none, as the one touched last. The table must not be full.
  mutating func insert(_ value: Value, for key: Key) {
    precondition(!isFull)
    if entries.capacity == 0 { reserve() }
    let entry = Entry(key: key, value: value, previous: .none, next: .none)
    let index: Index
    if let unused = free.popLast() {
      index = unused
      entries[Int(index.slot)] = entry
    } else {
      index = Index(slot: Int32(entries.count))
      entries.append(entry)
    }
    indices[key] = index
    append(index)
  }

  /// Removes an entry.
  mutating func remove(_ index: Index) {
    unlink(index)
    indices[entries[Int(index.slot)].key] = nil
    free.append(index)
  }

  private mutating func reserve() {
    entries.reserveCapacity(capacity)
    free.reserveCapacity(capacity)
    indices.reserveCapacity(capacity)
  }

  private mutating func unlink(_ index: Index) {
    let entry = entries[Int(index.slot)]
    if entry.previous == .none {
      front = entry.next
    } else {
      entries[Int(entry.previous.slot)].next = entry.next
    }
    if entry.next == .none {
      back = entry.previous
    } else {
      entries[Int(entry.next.slot)].previous = entry.previous
    }
  }

  private mutating func append(_ index: Index) {
    entries[Int(index.slot)].previous = back
    entries[Int(index.slot)].next = .none
    if back == .none { front = index } else { entries[Int(back.slot)].next = index }
    back = index
  }
}
