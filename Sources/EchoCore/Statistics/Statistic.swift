/// What is counted for each listener. To add a statistic, add its case and its row, and count it.
public enum Statistic: Int, CaseIterable, Sendable {
  case messagesReceived, messagesSent, bytesReceived, bytesSent, clientsCurrent, clientsTotal, clientsEvicted
  case sessionsCurrent, sessionsTotal

  /// What a statistic means, and its names.
  public struct Row: Sendable {
    /// Its group and its name in /stats; `nil` for one that only /metrics shows.
    public let stats: (group: String, name: String)?
    /// Its name in /metrics.
    public let metric: String
    /// Whether it can also decrease.
    public var isGauge = false
    /// What it counts: a sentence.
    public let help: String
    /// The name of the service if only its listeners have the statistic; `nil` if all have it.
    public var service: String?

    /// Whether a listener has the statistic.
    public func applies(to listener: ListenerConfiguration) -> Bool {
      service == nil || service == listener.service
    }
  }

  /// Its meaning and its names.
  public var row: Row {
    switch self {
    case .messagesReceived:
      Row(
        stats: ("messages", "received"), metric: "echod_messages_received_total",
        help: "Datagrams received; on TCP, receives that returned bytes.")
    case .messagesSent:
      Row(stats: ("messages", "sent"), metric: "echod_messages_sent_total", help: "Replies sent whole.")
    case .bytesReceived:
      Row(stats: ("bytes", "received"), metric: "echod_bytes_received_total", help: "Payload bytes received.")
    case .bytesSent:
      Row(stats: ("bytes", "sent"), metric: "echod_bytes_sent_total", help: "Payload bytes sent.")
    case .clientsCurrent:
      Row(
        stats: ("clients", "current"), metric: "echod_clients_current", isGauge: true,
        help: "Open TCP connections; UDP endpoints active in the last \(ClientTable.lifetimeSeconds) seconds."
      )
    case .clientsTotal:
      Row(
        stats: ("clients", "total"), metric: "echod_clients_seen_total",
        help: "Number of times that a new client appeared.")
    case .clientsEvicted:
      Row(
        stats: nil, metric: "echod_clients_evicted_total",
        help: "UDP endpoints evicted early because the table was full.")
    case .sessionsCurrent:
      Row(
        stats: ("sessions", "current"), metric: "echod_sessions_current", isGauge: true,
        help: "STAMP sessions active in the last \(ClientTable.lifetimeSeconds) seconds.",
        service: Service.stamp.name)
    case .sessionsTotal:
      Row(
        stats: ("sessions", "total"), metric: "echod_sessions_seen_total",
        help: "Number of times that a new STAMP session appeared.", service: Service.stamp.name)
    }
  }
}

/// Why a message or a connection got no reply. To add a reason, add a case: /stats and /metrics list them all.
public enum DropReason: Int, CaseIterable, Sendable {
  /// The client's address is not allowed, or the datagram was sent to a broadcast or multicast address.
  case denied
  /// A reply could start a loop; see ``LoopGuard``.
  case loopGuard
  /// The client sends faster than its rate limit allows.
  case rateLimited
  /// A limit on connections or on all clients together was reached.
  case overLimit
  /// The kernel refused the reply.
  case sendFailed
  /// UDP: the kernel dropped the datagram, because the socket's receive buffer was full. It is not among the messages
  /// received.
  case receiveBufferFull
  /// The PROXY header that the listener expects is missing, wrong or late. Over TCP it is counted for each connection.
  case badProxyHeader
  /// The service cannot interpret the message.
  case malformed
  /// The listener's `impair` caused it.
  case impaired

  /// The name in /stats.
  public var name: String { String(describing: self) }
}
