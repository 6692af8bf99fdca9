import EchoCore

/// A figure about what a restart kept. To add one, add its row.
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
      help: "Connections that echod took back from the process before this one."
    ) { $0.connections },
    RestoredFigure(
      name: "sockets", metric: "echod_restored_sockets",
      help: "Bound sockets that echod took back from the process before this one."
    ) { $0.sockets },
    RestoredFigure(
      name: "lost", metric: "echod_restore_lost_connections",
      help: "Connections of the process before this one that the restart lost."
    ) { $0.lost },
  ]
}
