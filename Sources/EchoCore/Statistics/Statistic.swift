/// What is counted for each listener. To add one, add its case and its row; then whoever counts it.
public enum Statistic: Int, CaseIterable, Sendable {
  case messagesReceived, messagesSent, bytesReceived, bytesSent, clientsCurrent, clientsTotal, clientsEvicted

  /// What a statistic means, and its names.
  public struct Row: Sendable {
    /// Its group and its name in /stats; `nil` for one that only /metrics shows.
    public let stats: (group: String, name: String)?
    /// Its name in /metrics.
    public let metric: String
    /// Whether it can go down.
    public let isGauge: Bool
    /// What it counts: a sentence.
    public let help: String

    init(stats: (group: String, name: String)?, _ metric: String, isGauge: Bool = false, _ help: String) {
      self.stats = stats
      self.metric = metric
      self.isGauge = isGauge
      self.help = help
    }
  }

  /// Its meaning and its names.
  public var row: Row {
    switch self {
    case .messagesReceived:
      Row(
        stats: ("messages", "received"), "echod_messages_received_total",
        "Datagrams received; on TCP, receives that returned bytes.")
    case .messagesSent:
      Row(stats: ("messages", "sent"), "echod_messages_sent_total", "Replies sent whole.")
    case .bytesReceived:
      Row(stats: ("bytes", "received"), "echod_bytes_received_total", "Payload bytes received.")
    case .bytesSent:
      Row(stats: ("bytes", "sent"), "echod_bytes_sent_total", "Payload bytes sent.")
    case .clientsCurrent:
      Row(
        stats: ("clients", "current"), "echod_clients_current", isGauge: true,
        "Open TCP connections; UDP endpoints heard from in the last \(ClientTable.lifetimeSeconds) seconds.")
    case .clientsTotal:
      Row(stats: ("clients", "total"), "echod_clients_seen_total", "How often a client came new.")
    case .clientsEvicted:
      Row(
        stats: nil, "echod_clients_evicted_total",
        "UDP endpoints forgotten early because the table was full.")
    }
  }
}
