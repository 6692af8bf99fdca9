import SystemPackage

/// What a bench counted.
struct Measurement {
  /// Messages that were sent; each is answered, wrongly answered or lost in the end.
  var sent = 0
  /// Replies that were right to the last byte.
  var answered = 0
  /// Replies with a wrong byte or of a wrong length, and datagrams that are no reply to anything.
  var wrong = 0
  /// Messages without a reply: over UDP in time, over TCP until the connection broke or the bench ended.
  var lost = 0
  /// Replies to messages that had been given up.
  var late = 0
  /// Replies to messages that had been answered.
  var duplicates = 0
  /// Messages whose time had come and for which there never was room.
  var unsent = 0
  /// Connections that were made.
  var connected = 0
  /// Connections that ended before they should, or that could not be made.
  var broken = 0
  /// With a connection for each message: those that the server closed after its reply.
  var closedByServer = 0
  /// How often the system told an error.
  var errors = 0
  /// The first error.
  var firstError: Errno?
  /// Where the first wrong byte was, and what it was.
  var firstWrong: String?
  /// From when a message was sent, or was meant to be, until its reply was there.
  var latencies = Latencies()
  /// How long it took, up to the last reply or the end of sending, whichever was later; in nanoseconds.
  var elapsed: Int64 = 0

  /// Counts an error.
  mutating func note(_ error: Errno, count: Int = 1) {
    errors += count
    if firstError == nil { firstError = error }
  }

  /// Tells of the first wrong byte.
  mutating func noteWrong(_ place: String, was byte: UInt8, insteadOf expected: UInt8) {
    guard firstWrong == nil else { return }
    firstWrong = "\(place) was \(byte.hexadecimal) and not \(expected.hexadecimal)"
  }

  /// Counts a datagram of a wrong length.
  mutating func noteWrong(length: Int, _ expected: Int) {
    wrong += 1
    // No more than one byte beyond what is right was kept.
    let length = length > expected ? "more than \(expected)" : "\(length) and not \(expected)"
    if firstWrong == nil { firstWrong = "a datagram had \(length) bytes" }
  }

  /// Counts a datagram with a number that none was sent with.
  mutating func noteWrong(number datagram: UnsafeRawBufferPointer) {
    wrong += 1
    let letters = String(decoding: datagram.prefix(MessageNumber.bytes), as: UTF8.self)
    if firstWrong == nil {
      firstWrong = "a datagram began with \(letters.debugDescription), which was not sent"
    }
  }

  /// Counts a connection on which more came than was sent.
  mutating func noteExcess(on connection: Int) {
    wrong += 1
    if firstWrong == nil { firstWrong = "connection \(connection) brought more than was sent" }
  }
}
