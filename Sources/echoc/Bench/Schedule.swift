/// When each message is meant to be sent, at a fixed rate. Times are nanoseconds after the start.
///
/// Latencies are measured from these times, whenever a message was really sent: a server that stalls makes the messages
/// wait that should have been sent meanwhile, and their waiting counts (no coordinated omission).
struct Schedule: Hashable, Sendable {
  /// How many messages there are in all.
  let total: Int
  private let interval: Double

  /// A schedule of so many messages each second.
  init(perSecond: Int, seconds: Int) {
    total = perSecond * seconds
    interval = 1e9 / Double(perSecond)
  }

  /// When a message is meant to be sent; the first has the number 0.
  func time(of message: Int) -> Int64 { Int64(Double(message) * interval) }

  /// How many messages are meant to have been sent at a time.
  func due(at time: Int64) -> Int {
    guard time >= 0 else { return 0 }
    var count = Int(Double(time) / interval)
    // What rounding may have cost.
    while count < total, self.time(of: count) <= time { count += 1 }
    return min(count, total)
  }

  /// How many of the first `count` messages are one connection's: they take turns.
  static func share(of connection: Int, among connections: Int, ofFirst count: Int) -> Int {
    (count + connections - 1 - connection) / connections
  }

  /// Which message is a connection's own of that number.
  static func message(_ own: Int, of connection: Int, among connections: Int) -> Int {
    own * connections + connection
  }
}
