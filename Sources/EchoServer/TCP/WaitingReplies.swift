/// The connections of one queue whose replies wait for their time, and the memory of these replies.
final class WaitingReplies {
  /// How much memory they may use, in bytes: the replies, and ``entryBytes`` for each.
  static let byteLimit = HeldReplies<UInt64>.byteLimit
  /// The memory of a wait: its heap entry, and the allocator's overhead.
  static let entryBytes = 256
  /// How many waits of connections that have ended are kept before they are removed.
  static let spareWaits = 64

  private var queue = DelayQueue<UInt64>()
  private var byteCount = 0
  private var replyCount = 0

  /// When the first wait ends, in milliseconds.
  var nextDue: Int64? { queue.nextDue }

  /// How many waits there are, with those of connections that have ended.
  var waitCount: Int { queue.count }

  /// Makes room for a reply and its wait; `nil` if there is none.
  func room(for replyBytes: Int) -> Room? {
    let byteCount = replyBytes + Self.entryBytes
    return self.byteCount + byteCount <= Self.byteLimit ? Room(byteCount, in: self) : nil
  }

  /// Lets a connection wait until a time in milliseconds. A reply that has room may wait any number of times, but only
  /// once at a time.
  ///
  /// - Parameter isOpen: whether the connection with a token has not ended.
  func wait(_ token: UInt64, until due: Int64, isOpen: (UInt64) -> Bool) {
    if queue.count > 2 * replyCount + Self.spareWaits { queue.removeAll { !isOpen($0) } }
    queue.insert(token, due: due)
  }

  /// Removes and returns the first connection if its wait is over. It may have been closed meanwhile.
  func takeDue(at now: Int64) -> UInt64? { queue.takeDue(at: now) }

  /// The room that a reply and its wait take up, given back with the last reference.
  final class Room {
    private let replies: WaitingReplies
    private let byteCount: Int

    fileprivate init(_ byteCount: Int, in replies: WaitingReplies) {
      (self.replies, self.byteCount) = (replies, byteCount)
      replies.byteCount += byteCount
      replies.replyCount += 1
    }

    deinit {
      replies.byteCount -= byteCount
      replies.replyCount -= 1
    }
  }
}
