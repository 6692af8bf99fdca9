// How a table is written: its entries, the least recently used one first, so that they keep their order.

extension RecencyTable {
  /// Writes every entry.
  func write(
    to writer: inout StateWriter, _ writeEntry: (inout StateWriter, Key, Value) -> Void
  ) {
    writer.write(UInt32(count))
    forEachFromFront { writeEntry(&writer, $0, $1) }
  }

  /// Replaces the entries with those that were written. If there are more than the table can have, the most recently
  /// used ones remain. Throws, and leaves the table empty, if they are broken or a key is there twice.
  ///
  /// - Parameters:
  ///   - leastBytes: how many bytes an entry takes at least.
  ///   - readEntry: reads an entry; `nil` for one that is not kept.
  mutating func restore(
    from reader: inout StateReader, ofBytes leastBytes: Int,
    _ readEntry: (inout StateReader) throws(StateError) -> (Key, Value)?
  ) throws(StateError) {
    var restored = RecencyTable(capacity: capacity)
    self = restored
    try reader.each(atMost: StateReader.tableEntries, ofBytes: leastBytes) { reader throws(StateError) in
      guard let (key, value) = try readEntry(&reader) else { return }
      guard restored.index(of: key) == nil else { throw .invalid }
      restored.insert(value, for: key)
    }
    self = restored
  }
}

extension StateReader {
  /// How many entries a table of the process before this one can have had. This version's tables have fewer.
  static let tableEntries = 1 << 20

  /// Reads a time that is not later than now, in milliseconds.
  mutating func pastTime(at now: Int64) throws(StateError) -> Int64 { min(try number(), now) }
}
