import Testing

@testable import EchoServer

@Suite("A slot table")
struct SlotTableTests {
  @Test("finds an element under its number until it is taken out")
  func lookup() {
    var table = SlotTable<String>()
    #expect(table.isEmpty)
    let (first, second) = (table.insert("first"), table.insert("second"))
    #expect(first != second)
    #expect(table[first] == "first" && table[second] == "second" && table.count == 2)
    #expect(table.remove(at: first) == "first")
    #expect(table[first] == nil && table[second] == "second" && table.count == 1)
  }

  @Test("has nothing under a number that it never gave", arguments: [-1, 1, .min, .max])
  func foreignNumbers(slot: Int) {
    var table = SlotTable<String>()
    #expect(table.insert("only") == 0)
    #expect(table[slot] == nil)
    #expect(table.remove(at: slot) == nil)
    #expect(table.count == 1)
  }

  @Test("gives a number again once its element is gone, and no earlier")
  func reuse() {
    var table = SlotTable<Int>()
    let slots = (0..<3).map { table.insert($0) }
    #expect(table.remove(at: slots[1]) == 1)
    #expect(table.remove(at: slots[1]) == nil)
    #expect(table.insert(7) == slots[1])
    #expect(!slots.contains(table.insert(8)))
    #expect(table.count == 4)
  }

  @Test("lists its elements with their numbers, to be changed meanwhile")
  func entries() {
    var table = SlotTable<Int>()
    for element in 0..<5 { _ = table.insert(element) }
    _ = table.remove(at: 2)
    #expect(table.entries.map(\.slot) == [0, 1, 3, 4] && table.entries.map(\.element) == [0, 1, 3, 4])
    for (slot, element) in table.entries { #expect(table.remove(at: slot) == element) }
    #expect(table.isEmpty && table.entries.isEmpty)
  }

  @Test("counts from the beginning again when its last element is gone")
  func emptied() {
    var table = SlotTable<Int>()
    let slots = (0..<100).map { table.insert($0) }
    for slot in slots { _ = table.remove(at: slot) }
    #expect(table.isEmpty)
    #expect((0..<100).map { table.insert($0) } == Array(0..<100))
  }
}
