/// Finds the longest outage of a ping.
///
/// An outage is a run of messages, in the order in which they were sent, that have no correct reply. It lasts from the
/// sending of its first message to the sending of the next message that has one, or else to the end of the ping. Times
/// are nanoseconds of one clock.
struct PingOutages {
  private var longest: Int64 = 0
  private var start: Int64?

  /// Adds the next message.
  mutating func add(sentAt time: Int64, isAnswered: Bool) {
    if !isAnswered {
      start = start ?? time
    } else if let begin = start {
      longest = max(longest, time - begin)
      start = nil
    }
  }

  /// The longest outage of a ping that ends at a time; 0 if there is none.
  func longest(until end: Int64) -> Int64 { max(longest, start.map { end - $0 } ?? 0) }
}
