import SystemPackage

/// What a benchmark counted.
struct Measurement {
  /// Messages that were sent; in the end each is answered, wrongly answered or lost.
  var sent = 0
  /// Messages with a reply whose every byte is right.
  var answered = 0
  /// Replies with a wrong byte or length, and datagrams that are not a reply to any message.
  var wrong = 0
  /// Messages without a reply: over UDP within the timeout, over TCP before the connection broke or the benchmark ended.
  var lost = 0
  /// Replies to messages that had been given up.
  var late = 0
  /// Replies to messages that had been answered.
  var duplicates = 0
  /// Messages of the schedule for which there never was room.
  var unsent = 0
  /// Connections that were made.
  var connected = 0
  /// Connections that ended too early or could not be made.
  var broken = 0
  /// Connections that the server closed.
  var closedByServer = 0
  /// Errors that the system reported.
  var errors = 0
  /// The first error.
  var firstError: Errno?
  /// What was wrong first.
  var firstWrong: String?
  /// From when a message was sent, or was due, until its reply came.
  var latencies = Latencies()
  /// Nanoseconds from the start to the last reply or to the end of sending, whichever was later.
  var elapsed: Int64 = 0

  /// Counts an error.
  mutating func note(_ error: Errno, count: Int = 1) {
    errors += count
    if firstError == nil { firstError = error }
  }

  /// Notes what was wrong, if it is the first.
  mutating func noteWrong(_ description: @autoclosure () -> String) {
    if firstWrong == nil { firstWrong = description() }
  }

  /// Notes a wrong byte, if it is the first wrong thing.
  mutating func noteWrong(_ byte: @autoclosure () -> String, was value: UInt8, insteadOf expected: UInt8) {
    noteWrong("\(byte()) was \(value.hexadecimal) and not \(expected.hexadecimal)")
  }

  /// Counts a connection on which more came than was sent.
  mutating func noteExcess(on connection: Int) {
    wrong += 1
    noteWrong("connection \(connection) brought more than was sent")
  }
}
