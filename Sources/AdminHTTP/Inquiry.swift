public import EchoCore

/// What the daemon has to find out for a response. Requests with the same inquiry can share a finding.
public enum Inquiry: Hashable, Sendable {
  /// The statistics of all listeners, perhaps with what the process uses.
  case snapshot(includesProcess: Bool)
  /// Whether the queues of the listener with that name answer.
  case responsiveness(listener: String)
  /// The busiest clients of the listener with that name, at most ``BusiestClients/limit``.
  case clients(listener: String)
}

/// The result of an ``Inquiry``.
public enum Finding: Sendable {
  /// The statistics.
  case snapshot(Snapshot)
  /// Whether every queue of the listener answers.
  case responsiveness(Bool)
  /// The busiest clients, the busiest first; `nil` if a queue does not answer.
  case clients([ClientActivity]?)
  /// No listener has that name.
  case unknownListener
}
