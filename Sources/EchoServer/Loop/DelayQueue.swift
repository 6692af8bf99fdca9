/// Elements in order of their due times, and of insertion where those are equal. A binary heap.
struct DelayQueue<Element> {
  private struct Entry {
    let due: Int64
    let number: UInt64
    let element: Element

    func isBefore(_ other: Entry) -> Bool { (due, number) < (other.due, other.number) }
  }

  private var heap: [Entry] = []
  private var insertions: UInt64 = 0

  var count: Int { heap.count }

  /// When the first element is due, in milliseconds.
  var nextDue: Int64? { heap.first?.due }

  mutating func insert(_ element: Element, due: Int64) {
    insertions += 1
    heap.append(Entry(due: due, number: insertions, element: element))
    var index = heap.count - 1
    while index > 0, heap[index].isBefore(heap[(index - 1) / 2]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Removes the elements that satisfy a condition.
  mutating func removeAll(where isRemoved: (Element) -> Bool) {
    heap.removeAll { isRemoved($0.element) }
    // What is sorted is a heap.
    heap.sort { $0.isBefore($1) }
  }

  /// Removes and returns the first element if it is due.
  mutating func takeDue(at now: Int64) -> Element? {
    guard let first = heap.first, first.due <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var index = 0
    while let child = (2 * index + 1...2 * index + 2).prefix(while: { $0 < heap.count })
      .min(by: { heap[$0].isBefore(heap[$1]) }), heap[child].isBefore(heap[index])
    {
      heap.swapAt(index, child)
      index = child
    }
    return first.element
  }
}
