/// Messages on their way: one way to send them and to take their replies.
protocol Load: ~Copyable {
  /// Whether there is a connection left.
  var isAlive: Bool { get }

  /// Whether nothing but replies is to be waited for.
  var isSettled: Bool { get }

  /// Begins as many messages as a connection has room for, as long as there are messages to send.
  mutating func fill(_ index: Int, _ run: inout LoadRun)

  /// Takes what has come on the socket with a token, and sends what may follow. Reads the clock.
  ///
  /// - Parameters:
  ///   - isEnded: whether nothing follows what can be received now.
  mutating func serve(_ token: Int, isEnded: Bool, _ run: inout LoadRun)

  /// Sends messages of the schedule, or leaves them to when there is room.
  mutating func sendDue(_ messages: Range<Int>, _ run: inout LoadRun)

  /// Gives up what has waited for too long.
  mutating func upkeep(_ run: inout LoadRun)
}

extension Load where Self: ~Copyable {
  /// A connection's end is not waited for.
  var isSettled: Bool { true }

  /// The connections take turns.
  mutating func sendDue(_ messages: Range<Int>, _ run: inout LoadRun) {
    for message in messages.prefix(run.plan.connections) { fill(message % run.plan.connections, &run) }
  }
}
