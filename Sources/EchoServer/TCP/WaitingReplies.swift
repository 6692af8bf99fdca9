/// The connections of one queue whose replies wait for their time, and the memory of these replies.
final class WaitingReplies {
  /// How much memory they may use, in bytes: the replies, and ``entryBytes`` for each wait.
  static let byteLimit = HeldReplies<UInt64>.byteLimit
  /// The memory of a wait: its heap entry, and the allocator's overhead.
  static let entryBytes = 256

  private var queue = DelayQueue<UInt64>()
  private var byteCount = 0

  /// When the first wait ends, in milliseconds.
  var nextDue: Int64? { queue.nextDue }

  /// Makes room for a reply and its wait; `nil` if there is none.
  func room(for replyBytes: Int) -> Room? {
    guard byteCount + replyBytes + Self.entryBytes <= Self.byteLimit else { return nil }
    return Room(replyBytes, in: self)
  }

  /// Lets a connection wait until a time in milliseconds. A reply that has room may wait any number of times, but only
  /// once at a time.
  func wait(_ token: UInt64, until due: Int64) {
    byteCount += Self.entryBytes
    queue.insert(token, due: due)
  }

  /// Removes and returns the first connection if its wait is over. It may have been closed meanwhile.
  func takeDue(at now: Int64) -> UInt64? {
    guard let token = queue.takeDue(at: now) else { return nil }
    byteCount -= Self.entryBytes
    return token
  }

  /// The room that a reply takes up, given back with the last reference.
  final class Room {
    private let replies: WaitingReplies
    private let byteCount: Int

    fileprivate init(_ byteCount: Int, in replies: WaitingReplies) {
      (self.replies, self.byteCount) = (replies, byteCount)
      replies.byteCount += byteCount
    }

    deinit { replies.byteCount -= byteCount }
  }
}
