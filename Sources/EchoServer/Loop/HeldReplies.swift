/// The delayed replies of one queue. Only these are copied.
struct HeldReplies<Reply> {
  /// How much memory they may use on one queue, in bytes; see ``cost(of:)``.
  static var byteLimit: Int { 16 << 20 }

  private var queue = DelayQueue<(reply: Reply, cost: Int)>()
  private var byteCount = 0

  var count: Int { queue.count }

  /// When the first reply is due, in milliseconds.
  var nextDue: Int64? { queue.nextDue }

  /// Holds a reply until a time in milliseconds; `false` when there is no room for it.
  mutating func hold(_ reply: @autoclosure () -> Reply, byteCount payloadBytes: Int, until due: Int64) -> Bool
  {
    let cost = Self.cost(of: payloadBytes)
    guard byteCount + cost <= Self.byteLimit else { return false }
    byteCount += cost
    queue.insert((reply(), cost), due: due)
    return true
  }

  /// Removes and returns the first reply if it is due.
  mutating func takeDue(at now: Int64) -> Reply? {
    guard let (reply, cost) = queue.takeDue(at: now) else { return nil }
    byteCount -= cost
    return reply
  }

  /// The memory of a reply: its bytes, its heap entry, and the allocator's overhead.
  private static func cost(of payloadBytes: Int) -> Int { payloadBytes + 256 }
}
