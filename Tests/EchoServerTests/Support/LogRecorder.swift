import Logging
import Synchronization

/// A log that is kept, for a test to look into.
final class LogRecorder: Sendable {
  /// A message with all of its metadata.
  struct Message: Sendable {
    let text: String
    let level: Logger.Level
    let metadata: Logger.Metadata
  }

  private let recorded = Mutex<[Message]>([])

  var messages: [Message] { recorded.withLock { $0 } }

  /// The messages with this in them.
  func messages(with text: String) -> [Message] { messages.filter { $0.text.contains(text) } }

  /// What writes into it.
  var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

  private struct Handler: LogHandler {
    let log: LogRecorder
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let all = metadata.merging(event.metadata ?? [:]) { $1 }
      log.recorded.withLock {
        $0.append(Message(text: event.message.description, level: event.level, metadata: all))
      }
    }
  }
}
