/// What there is to read: the paths of the admin socket.
enum Resource: String, CaseIterable, Sendable {
  case index = "/"
  case stats = "/stats"
  case metrics = "/metrics"
  case health = "/healthz"

  /// Whether it shows the daemon's figures.
  var needsSnapshot: Bool { self == .stats || self == .metrics }

  /// What it is, in a few words, for people.
  var summary: String {
    switch self {
    case .index: "this page"
    case .stats: "the figures of every listener, as JSON"
    case .metrics: "the same figures for Prometheus"
    case .health: "200 while echod serves, otherwise 503"
    }
  }
}
