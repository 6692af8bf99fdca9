import Glibc
import Logging

/// Where the log goes.
enum LogDestination {
  /// The journal, with fields to search by.
  case journal
  /// Standard error, a line for each message.
  case standardError

  /// The journal's own socket. libsystemd takes it for done when nobody is there: a service whose root directory is
  /// another would lose its log.
  private static let journalSocket = "/run/systemd/journal/socket"

  /// The journal if standard error leads there anyway, otherwise standard error.
  static let current =
    JournalStream.isStandardError && access(journalSocket, W_OK) == 0 ? journal : standardError

  /// Takes a message. What the journal refuses becomes a line, so that it is not lost.
  func take(_ event: LogEvent) {
    if self == .journal, JournalEntry(event).send() { return }
    LineWriter.standardError.write(LogLine(event.message.description, at: event.level)) { count in
      LogLine("\(count) lines before this one are lost: nobody read them in time", at: .warning)
    }
  }
}
