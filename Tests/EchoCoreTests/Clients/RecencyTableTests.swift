import Testing

@testable import EchoCore

@Suite("A recency table")
struct RecencyTableTests {
  /// The keys from the least recently used one, by removing them.
  private func keys(of table: RecencyTable<String, Int>, _ candidates: [String]) -> [String] {
    var (table, keys) = (table, [String]())
    while let first = table.first {
      keys += candidates.filter { table.index(of: $0) == first }
      table.remove(first)
    }
    return keys
  }

  private func table(_ keys: [String], capacity: Int = 10) -> RecencyTable<String, Int> {
    var table = RecencyTable<String, Int>(capacity: capacity)
    for (number, key) in keys.enumerated() { table.insert(number, for: key) }
    return table
  }

  @Test("keeps a value under each key")
  func values() throws {
    var table = table(["a", "b"])
    let index = try #require(table.index(of: "a"))
    #expect(table[index] == 0)
    table[index] = 7
    #expect(table[index] == 7)
    #expect(table.index(of: "c") == nil)
    #expect(table.count == 2)
  }

  @Test(
    "moves what is touched behind all others",
    arguments: [("a", ["b", "c", "a"]), ("b", ["a", "c", "b"]), ("c", ["a", "b", "c"])])
  func touching(key: String, order: [String]) throws {
    var table = table(["a", "b", "c"])
    table.touch(try #require(table.index(of: key)))
    #expect(keys(of: table, ["a", "b", "c"]) == order)
  }

  @Test(
    "closes the gap where an entry is removed",
    arguments: [("a", ["b", "c"]), ("b", ["a", "c"]), ("c", ["a", "b"])])
  func removing(key: String, order: [String]) throws {
    var table = table(["a", "b", "c"])
    table.remove(try #require(table.index(of: key)))
    #expect(table.index(of: key) == nil && table.count == 2)
    #expect(keys(of: table, ["a", "b", "c"]) == order)
    table.insert(9, for: key)
    #expect(keys(of: table, ["a", "b", "c"]) == order + [key])
  }

  @Test("evicts its least recently used entry at its capacity, and has room again when one is removed")
  func capacity() throws {
    var table = table(["a", "b"], capacity: 2)
    let evicted = table.insert(2, for: "c")
    #expect(evicted && table.index(of: "a") == nil && table.count == 2)
    table.remove(try #require(table.first))
    let evictedAgain = table.insert(3, for: "d")
    #expect(!evictedAgain)
    #expect(keys(of: table, ["c", "d"]) == ["c", "d"])
  }

  @Test("is empty when its last entry goes, and can be filled again")
  func emptying() throws {
    var table = table(["a"], capacity: 1)
    table.remove(try #require(table.first))
    #expect(table.first == nil && table.count == 0)
    table.insert(1, for: "b")
    #expect(keys(of: table, ["b"]) == ["b"])
  }

  @Test("removes the entries whose keys match, and keeps the order of the others")
  func removingMany() {
    var table = table(["a", "b", "c", "d"])
    #expect(table.removeAll { $0 == "a" || $0 == "c" } == 2)
    #expect(keys(of: table, ["a", "b", "c", "d"]) == ["b", "d"])
    #expect(table.removeAll { _ in false } == 0)
    #expect(table.removeAll { _ in true } == 2)
    #expect(table.count == 0 && table.first == nil)
    table.insert(1, for: "e")
    #expect(keys(of: table, ["e"]) == ["e"])
  }
}
