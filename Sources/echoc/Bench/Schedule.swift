/// When each message is due, at a fixed rate. Times are nanoseconds after the start.
///
/// Latencies are measured from these times, whenever a message was really sent. While a server stalls, messages that are
/// due have to wait, and their wait counts (no coordinated omission).
struct Schedule: Hashable, Sendable {
  /// How many messages there are in all.
  let total: Int
  private let interval: Double

  /// A schedule with a fixed number of messages per second.
  init(perSecond: Int, seconds: Int) {
    total = perSecond * seconds
    interval = 1e9 / Double(perSecond)
  }

  /// When a message is due; the first has the number 0.
  func time(of message: Int) -> Int64 { Int64(Double(message) * interval) }

  /// How many messages are due by a time.
  func due(at time: Int64) -> Int {
    guard time >= 0 else { return 0 }
    var count = Int(Double(time) / interval)
    // Rounding may have lost some.
    while count < total, self.time(of: count) <= time { count += 1 }
    return min(count, total)
  }

  /// How many of the first `count` messages belong to one connection: connections take turns.
  static func share(of connection: Int, among connections: Int, ofFirst count: Int) -> Int {
    (count + connections - 1 - connection) / connections
  }

  /// The number in the schedule of a connection's own n-th message.
  static func message(_ own: Int, of connection: Int, among connections: Int) -> Int {
    own * connections + connection
  }
}
