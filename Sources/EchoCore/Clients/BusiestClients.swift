import Addresses

/// The busiest of many clients. It takes memory for at most ``limit`` clients, however many are added.
public struct BusiestClients: Sendable {
  /// How many clients are kept.
  public static let limit = 1000

  private let limit: Int
  /// The busiest clients so far: a binary heap, in which no client is busier than the two below it. The first one is the
  /// least busy.
  private var heap: [ClientActivity] = []

  /// Makes an empty collection, for ``limit`` clients.
  public init() { self.init(limit: Self.limit) }

  init(limit: Int) { self.limit = limit }

  /// Adds a client. The time that this takes grows with the logarithm of the limit.
  public mutating func add(_ activity: ClientActivity) {
    if heap.count < limit {
      heap.append(activity)
      moveLastUp()
    } else if activity.isBusier(than: heap[0]) {
      heap[0] = activity
      moveFirstDown()
    }
  }

  /// The busiest clients, the busiest first. A client that several queues know appears once, with the sum of what they
  /// know. The sum is approximate, because each queue adds only its busiest clients.
  public func sorted() -> [ClientActivity] {
    var merged: [Endpoint: ClientActivity] = [:]
    for activity in heap {
      merged[activity.client]?.merge(activity) ?? (merged[activity.client] = activity)
    }
    return merged.values.sorted { $0.isBusier(than: $1) }
  }

  private mutating func moveLastUp() {
    var index = heap.count - 1
    while index > 0, heap[(index - 1) / 2].isBusier(than: heap[index]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func moveFirstDown() {
    var index = 0
    while 2 * index + 1 < heap.count {
      var child = 2 * index + 1
      if child + 1 < heap.count, heap[child].isBusier(than: heap[child + 1]) { child += 1 }
      guard heap[index].isBusier(than: heap[child]) else { return }
      heap.swapAt(index, child)
      index = child
    }
  }
}
