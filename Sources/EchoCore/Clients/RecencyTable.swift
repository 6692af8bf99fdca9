/// A dictionary of bounded size that knows its least recently used entry.
///
/// The entries form a list from the least to the most recently used one; expiring and evicting take from its front.
/// Memory is allocated with the first entry, and never after it.
struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// The position of an entry, valid until the entry is removed.
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

  init(capacity: Int) {
    precondition((1...Int(Int32.max)).contains(capacity))
    self.capacity = capacity
  }

  var count: Int { indices.count }

  /// The least recently used entry.
  var first: Index? { front == .none ? nil : front }

  /// The most recently used entry; the table must not be empty.
  var last: Index { back }

  func index(of key: Key) -> Index? {
    // A busy client is usually the one that was used last; a single one always is.
    if back != .none, entries[Int(back.slot)].key == key { return back }
    return indices[key]
  }

  subscript(index: Index) -> Value {
    get { entries[Int(index.slot)].value }
    set { entries[Int(index.slot)].value = newValue }
  }

  /// Changes the value of an entry in place.
  @inline(__always)
  mutating func change(_ index: Index, _ change: (inout Value) -> Void) {
    change(&entries[Int(index.slot)].value)
  }

  /// Visits the entries from the most to the least recently used one.
  func forEach(_ visit: (Key, Value) -> Void) {
    var next = back
    while next != .none {
      let entry = entries[Int(next.slot)]
      visit(entry.key, entry.value)
      next = entry.previous
    }
  }

  /// Visits the entries from the least to the most recently used one.
  func forEachFromFront(_ visit: (Key, Value) -> Void) {
    var next = front
    while next != .none {
      let entry = entries[Int(next.slot)]
      visit(entry.key, entry.value)
      next = entry.next
    }
  }

  /// Changes the value of every entry.
  mutating func update(_ change: (inout Value) -> Void) {
    for slot in entries.indices { change(&entries[slot].value) }
  }

  /// Removes the entries whose keys satisfy a condition, and returns their number.
  mutating func removeAll(where isRemoved: (Key) -> Bool) -> Int {
    let before = count
    var next = front
    while next != .none {
      let index = next
      next = entries[Int(index.slot)].next
      if isRemoved(entries[Int(index.slot)].key) { remove(index) }
    }
    return before - count
  }

  /// Makes an entry the most recently used one.
  mutating func touch(_ index: Index) {
    guard index != back else { return }
    unlink(index)
    append(index)
  }

  /// Adds an entry for a key that has none, as the most recently used one, and returns whether the least recently used
  /// one was evicted for it.
  @discardableResult
  mutating func insert(_ value: Value, for key: Key) -> Bool {
    let evicts = count == capacity
    if evicts { remove(front) }
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
    return evicts
  }

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
