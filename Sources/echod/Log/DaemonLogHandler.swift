import Glibc
import Logging

/// Passes swift-log's messages to where the log goes.
struct DaemonLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info
  private let write: @Sendable (LogEvent) -> Void

  /// - Parameters:
  ///   - write: gets each message with all of its metadata.
  init(_ write: @escaping @Sendable (LogEvent) -> Void) {
    self.write = write
  }

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Messages of a listener's own logger begin with the listener's name. The rest of the metadata is for searches, and
  /// is not part of the text.
  func log(event: LogEvent) {
    var event = event
    if let listener = metadata["listener"] { event.message = "\(listener): \(event.message)" }
    event.metadata = metadata.merging(event.metadata ?? [:]) { $1 }
    write(event)
  }
}

/// Where the log goes.
enum LogDestination {
  /// The journal, with fields to search by.
  case journal
  /// Standard error, a line for each message.
  case standardError

  /// The journal's own socket. Where it is missing, as in another root directory, libsystemd reports success, and the log
  /// would be lost.
  private static let journalSocket = "/run/systemd/journal/socket"

  /// The journal if standard error leads there anyway, otherwise standard error.
  static let current =
    JournalStream.isStandardError && access(journalSocket, W_OK) == 0 ? journal : standardError

  /// Writes a message. One that the journal refuses goes to standard error.
  func write(_ event: LogEvent) {
    if self == .journal, JournalEntry(event).send() { return }
    LineWriter.standardError.write(LogLine(event.message.description, at: event.level)) { count in
      LogLine("\(count) lines before this one were dropped, because nothing read them in time", at: .warning)
    }
  }
}
