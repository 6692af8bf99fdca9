/// Elements under small numbers that can travel as tokens; a number is used again after its element is gone.
struct SlotTable<Element> {
  /// A table as small as this stays when its last element goes: clients that come one by one make none anew.
  private static var keptSlots: Int { 64 }

  private var slots: [Element?] = []
  private var free: [Int] = []

  /// How many elements there are.
  var count: Int { slots.count - free.count }

  var isEmpty: Bool { count == 0 }

  /// The elements and their numbers, to look at while the table changes.
  var entries: [(slot: Int, element: Element)] {
    slots.enumerated().compactMap { slot, element in element.map { (slot, $0) } }
  }

  /// The element at a number, or `nil` when it is gone.
  subscript(slot: Int) -> Element? {
    slots.indices.contains(slot) ? slots[slot] : nil
  }

  /// Adds an element and returns its number.
  mutating func insert(_ element: Element) -> Int {
    if let slot = free.popLast() {
      slots[slot] = element
      return slot
    }
    slots.append(element)
    return slots.count - 1
  }

  /// Takes an element out.
  mutating func remove(at slot: Int) -> Element? {
    guard let element = self[slot] else { return nil }
    slots[slot] = nil
    free.append(slot)
    // A crowd that left is not paid for.
    if isEmpty, slots.count > Self.keptSlots { self = SlotTable() }
    return element
  }
}
