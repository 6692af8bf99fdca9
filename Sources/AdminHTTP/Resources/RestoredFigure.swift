import EchoCore

/// A figure of what a restart kept. To add one, add its row.
struct RestoredFigure: Sendable {
  /// Its name in /stats.
  let name: String
  /// Its name in /metrics.
  let metric: String
  /// Its HELP text: a sentence.
  let help: String
  /// Its value.
  let value: @Sendable (Restored) -> Int

  /// All of them, in the order of /stats and /metrics.
  static let rows = [
    RestoredFigure(
      name: "connections", metric: "echod_restored_connections",
      help: "Connections that echod took back from the process before it."
    ) { $0.connections },
    RestoredFigure(
      name: "sockets", metric: "echod_restored_sockets",
      help: "Bound sockets that echod took back from the process before it."
    ) { $0.sockets },
    RestoredFigure(
      name: "lost", metric: "echod_restore_lost_connections",
      help: "Connections of the process before that were lost in the restart."
    ) { $0.lost },
  ]
}
