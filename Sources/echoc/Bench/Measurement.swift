import EchoCore
import SystemPackage

/// What a benchmark counted.
struct Measurement {
  /// Messages that were sent; in the end each is answered, wrongly answered or lost.
  var sent = 0
  /// Messages with a reply whose every byte is correct.
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
  /// The first error, in words.
  var firstError: String?
  /// What was wrong first.
  var firstWrong: String?
  /// From when a message was sent, or was due, until its reply came.
  var latencies = Latencies()
  /// Nanoseconds from the start to the last reply or to the end of sending, whichever was later.
  var elapsed: Int64 = 0

  /// Counts an error.
  mutating func note(_ error: @autoclosure () -> String, count: Int = 1) {
    errors += count
    if firstError == nil { firstError = error() }
  }

  /// Counts an error of a system call.
  mutating func note(_ error: Errno) { note("\(error)") }

  /// Notes a wrong byte, if nothing was wrong before.
  mutating func noteWrong(_ place: String, was byte: UInt8, insteadOf expected: UInt8) {
    noteWrong("\(place) was \(byte.hexadecimal) instead of \(expected.hexadecimal)")
  }

  /// Counts a datagram of a wrong length.
  mutating func noteWrong(length: Int, _ expected: Int) {
    wrong += 1
    // Of a longer datagram only one byte more was kept.
    noteWrong(
      "a datagram had "
        + (length > expected ? "more than \(expected) bytes" : "\(length) bytes instead of \(expected)"))
  }

  /// Counts a datagram with a number that was not sent.
  mutating func noteWrong(number datagram: UnsafeRawBufferPointer) {
    wrong += 1
    // One line, without commands for a terminal.
    let letters = TerminalText.escaped(Array(datagram.prefix(MessageNumber.bytes)))
    let text = onOneLine(String(decoding: letters, as: UTF8.self).unicodeScalars)
    noteWrong("a datagram began with \"\(text)\", which was never sent")
  }

  /// Counts a connection on which more came than was sent.
  mutating func noteExcess(on connection: Int) {
    wrong += 1
    noteWrong("connection \(connection) returned more bytes than were sent")
  }

  private mutating func noteWrong(_ description: String) {
    if firstWrong == nil { firstWrong = description }
  }
}
