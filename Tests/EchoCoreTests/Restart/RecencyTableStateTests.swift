import Testing

@testable import EchoCore

@Suite("A table that is written and read")
struct RecencyTableStateTests {
  private typealias Table = RecencyTable<UInt16, UInt8>

  private func table(_ keys: [UInt16], capacity: Int = 10) -> Table {
    var table = Table(capacity: capacity)
    for key in keys { table.insert(UInt8(key & 0xFF), for: key) }
    return table
  }

  private func bytes(_ table: Table) -> [UInt8] {
    written {
      table.write(to: &$0) { writer, key, value in
        writer.write(key)
        writer.write(value)
      }
    }
  }

  private func restore(
    _ bytes: [UInt8], to table: inout Table, without left: UInt16 = 0
  ) -> StateError? {
    failure(of: bytes) { reader throws(StateError) in
      try table.restore(from: &reader, ofBytes: 3) { reader throws(StateError) in
        let (key, value) = (try reader.number(UInt16.self), try reader.number(UInt8.self))
        return key == left ? nil : (key, value)
      }
    }
  }

  private func entries(_ table: Table) -> [UInt16: UInt8] {
    var entries: [UInt16: UInt8] = [:]
    table.forEach { entries[$0] = $1 }
    return entries
  }

  @Test("has its entries in the order in which they were used")
  func order() throws {
    var used = table([1, 2, 3])
    used.touch(try #require(used.index(of: 1)))
    var restored = table([9])
    let error = restore(bytes(used), to: &restored)
    #expect(error == nil && entries(restored) == [1: 1, 2: 2, 3: 3])
    #expect(bytes(restored) == [3, 0, 0, 0, 2, 0, 2, 3, 0, 3, 1, 0, 1])
  }

  @Test("keeps the entries that were used last if it has less room")
  func smaller() {
    var restored = table([], capacity: 2)
    let error = restore(bytes(table([1, 2, 3, 4])), to: &restored)
    #expect(error == nil && entries(restored) == [3: 3, 4: 4])
  }

  @Test("leaves out what is not wanted, before it takes room")
  func unwanted() {
    var restored = table([], capacity: 2)
    let error = restore(bytes(table([1, 2, 3])), to: &restored, without: 3)
    #expect(error == nil && entries(restored) == [1: 1, 2: 2])
  }

  @Test("is empty if a key is there twice, or a byte is missing")
  func broken() {
    let whole = bytes(table([1, 2]))
    let double: [UInt8] = [2, 0, 0, 0, 1, 0, 1, 1, 0, 2]
    for (bytes, expected) in [(double, StateError.invalid), (whole.dropLast(), .truncated), ([], .truncated)]
    {
      var restored = table([9])
      let error = restore(Array(bytes), to: &restored)
      #expect(error == expected && entries(restored).isEmpty)
    }
  }

  @Test("refuses more entries than a table can have had")
  func limit() {
    var restored = table([])
    #expect(restore([1, 0, 0x10, 0], to: &restored) == .invalid)
  }
}
