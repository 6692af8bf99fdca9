import EchoCore
import Glibc
import Logging
import Sockets

/// A message as one line, with its newline.
struct LogLine: Sendable {
  /// The longest line; a longer one is cut. A pipe takes that much as a whole or not at all, see pipe(7), PIPE_BUF.
  static let byteLimit = Int(PIPE_BUF)

  let bytes: [UInt8]

  /// - Parameters:
  ///   - toJournalStream: whether the journal reads the line: it wants the priority first, see sd-daemon(3), and
  ///     knows the time. People get the time in UTC and the level.
  init(_ message: String, at level: Logger.Level, toJournalStream: Bool = JournalStream.isStandardError) {
    let beginning =
      toJournalStream
      ? "<\(level.syslogPriority)>"
      : "\(Timestamp.text(secondsSince1970: Host.secondsSinceEpoch())) \(level) "
    // What would be cut anyway is not looked at.
    let line = beginning + onOneLine(message.unicodeScalars.prefix(Self.byteLimit))
    bytes = line.cut(toBytes: Self.byteLimit - 1).utf8 + [UInt8(ascii: "\n")]
  }
}

extension String {
  /// The text; one that is longer than so many bytes is cut between characters and ends with `…`.
  func cut(toBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    let mark = "…"
    // An index within a character counts as the character's beginning.
    let end = utf8.index(startIndex, offsetBy: max(0, limit - mark.utf8.count))
    return String(unicodeScalars[..<end]) + mark
  }
}
