import EchoCore

/// A metric of a listener that is not a ``Statistic``: a gauge. To add one, add its row.
struct ListenerMetric: Sendable {
  /// Its name.
  let name: String
  /// Its HELP text: a sentence.
  let help: String
  /// Its value; `nil` for a listener that has none.
  let value: @Sendable (ListenerSnapshot) -> Int?

  /// All of them, in the order of /metrics.
  static let rows = [
    ListenerMetric(name: "echod_connections_max", help: "Limit on open TCP connections (maxConnections).") {
      $0.configuration.transport == .tcp ? $0.configuration.maxConnections : nil
    },
    ListenerMetric(name: "echod_queues", help: "Number of queues that serve the listener.") {
      $0.configuration.queues
    },
    ListenerMetric(
      name: "echod_queues_answering",
      help: "Number of queues that answered in time for these metrics."
    ) { $0.answeringQueues },
  ]
}
