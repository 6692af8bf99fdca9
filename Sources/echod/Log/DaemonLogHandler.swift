import Logging

/// swift-log's way to where the log goes.
struct DaemonLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info
  private let take: @Sendable (LogEvent) -> Void

  /// - Parameters:
  ///   - take: gets each message with all of its metadata.
  init(_ take: @escaping @Sendable (LogEvent) -> Void) {
    self.take = take
  }

  subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// What a listener's own logger says begins with the listener's name. The rest of the metadata is for searches: the
  /// message tells people what they need.
  func log(event: LogEvent) {
    var event = event
    if let listener = metadata["listener"] { event.message = "\(listener): \(event.message)" }
    event.metadata = metadata.merging(event.metadata ?? [:]) { $1 }
    take(event)
  }
}
