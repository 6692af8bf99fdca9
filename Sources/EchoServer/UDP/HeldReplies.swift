import Sockets

/// The replies of one queue that wait for their time. Only such a reply is copied.
struct HeldReplies {
  /// How much memory they may take together, in bytes; see ``cost(of:)``.
  static let byteLimit = 16 << 20

  private var queue = DueQueue<DatagramBatch.StoredReply>()
  private var byteCount = 0

  var isEmpty: Bool { queue.count == 0 }

  /// When the first one is to be sent; `nil` when there is none.
  var nextDue: Int64? { queue.nextDue }

  /// Whether a reply of so many bytes can be held too.
  func haveRoom(for payloadBytes: Int) -> Bool {
    byteCount + Self.cost(of: payloadBytes) <= Self.byteLimit
  }

  /// Holds a reply until a time, in milliseconds. There must be room for it.
  mutating func hold(_ reply: DatagramBatch.StoredReply, until due: Int64) {
    byteCount += Self.cost(of: reply.payload.count)
    queue.insert(reply, due: due)
  }

  /// Takes out the first reply, if its time has come.
  mutating func takeDue(at now: Int64) -> DatagramBatch.StoredReply? {
    let reply = queue.takeDue(at: now)
    if let reply { byteCount -= Self.cost(of: reply.payload.count) }
    return reply
  }

  /// What a reply takes: its bytes, and its share of the heap and of the allocator.
  private static func cost(of payloadBytes: Int) -> Int { payloadBytes + 256 }
}
