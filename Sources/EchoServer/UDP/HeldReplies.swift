import Sockets

/// The delayed replies of one queue. Only these are copied.
struct HeldReplies {
  /// How much memory they may use, in bytes; see ``cost(of:)``.
  static let byteLimit = 16 << 20

  private var queue = DelayQueue<DatagramBatch.StoredReply>()
  private var byteCount = 0

  var isEmpty: Bool { queue.count == 0 }

  /// When the first reply is due, in milliseconds.
  var nextDue: Int64? { queue.nextDue }

  func hasRoom(for payloadBytes: Int) -> Bool {
    byteCount + Self.cost(of: payloadBytes) <= Self.byteLimit
  }

  /// Holds a reply, for which there must be room, until a time in milliseconds.
  mutating func hold(_ reply: DatagramBatch.StoredReply, until due: Int64) {
    byteCount += Self.cost(of: reply.payload.count)
    queue.insert(reply, due: due)
  }

  /// Removes and returns the first reply if it is due.
  mutating func takeDue(at now: Int64) -> DatagramBatch.StoredReply? {
    let reply = queue.takeDue(at: now)
    if let reply { byteCount -= Self.cost(of: reply.payload.count) }
    return reply
  }

  /// The memory of a reply: its bytes, its heap entry, and the allocator's overhead.
  private static func cost(of payloadBytes: Int) -> Int { payloadBytes + 256 }
}
