import EchoCore
import Glibc
import Logging
import Sockets
import Synchronization

/// A message as one line, with its newline.
struct LogLine: Sendable {
  /// The length at which a line is cut, in bytes. A pipe takes that much whole or not at all. See pipe(7), PIPE_BUF.
  static let byteLimit = Int(PIPE_BUF)

  let bytes: [UInt8]

  /// - Parameters:
  ///   - toJournalStream: whether the journal reads the line, which then begins with its priority; see sd-daemon(3).
  ///     Otherwise it begins with the time in UTC and the level.
  init(_ message: String, at level: Logger.Level, toJournalStream: Bool = JournalStream.isStandardError) {
    let beginning =
      toJournalStream
      ? "<\(level.syslogPriority)>"
      : "\(Timestamp.text(secondsSince1970: SystemClock.secondsSinceEpoch())) \(level) "
    // Escaping only lengthens the text, so the rest would be cut anyway.
    let line = beginning + onOneLine(message.unicodeScalars.prefix(Self.byteLimit))
    bytes = line.cut(toBytes: Self.byteLimit - 1).utf8 + [UInt8(ascii: "\n")]
  }
}

extension String {
  /// The text, cut between characters and ended by `…` if it is longer than that many bytes.
  func cut(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let mark = "…"
    // An index inside a character is rounded down to its beginning.
    let end = utf8.index(startIndex, offsetBy: max(0, limit - mark.utf8.count))
    return String(unicodeScalars[..<end]) + mark
  }
}

/// Writes lines to a reader that may be slow: lines without room are dropped and counted, and the daemon goes on.
final class LineWriter: Sendable {
  /// How long a line waits for room, in milliseconds. While lines are being dropped, none waits.
  static let patienceMilliseconds: Int32 = 1000

  static let standardError = LineWriter(to: STDERR_FILENO)

  private let descriptor: Int32
  private let patience: Int32
  /// How many lines were dropped since the last one that was written. The lock is held while a line waits for room, so
  /// that lines stay in order.
  private let dropped = Mutex(0)

  /// - Parameters:
  ///   - descriptor: stays blocking, because other processes may share it.
  init(to descriptor: Int32, patienceMilliseconds: Int32 = patienceMilliseconds) {
    self.descriptor = descriptor
    self.patience = patienceMilliseconds
  }

  /// Writes a line, after one that tells how many were dropped before it.
  func write(_ line: LogLine, loss: (Int) -> LogLine) {
    dropped.withLock { dropped in
      if dropped > 0, put(loss(dropped), patience: 0) { dropped = 0 }
      if dropped > 0 || !put(line, patience: patience) { dropped += 1 }
    }
  }

  /// Writes a line if there is room for it now. Does not wait, not even for other lines that are waiting.
  func writeAtOnce(_ line: LogLine) { _ = put(line, patience: 0) }

  /// Writes a line with one call if there is room for it in time. See poll(2) and write(2).
  private func put(_ line: LogLine, patience: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while poll(&request, 1, patience) == -1 && errno == EINTR {}
    guard request.revents & Int16(POLLOUT) != 0 else { return false }
    while true {
      let count = Glibc.write(descriptor, line.bytes, line.bytes.count)
      if count != -1 || errno != EINTR { return count == line.bytes.count }
    }
  }
}
