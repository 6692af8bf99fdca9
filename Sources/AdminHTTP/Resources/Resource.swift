import EchoCore

/// A resource of the admin socket. To add one, add a file with its value, and the value to ``all``.
struct Resource: Sendable {
  /// How its response is made.
  enum Content: Sendable {
    /// From the daemon's state, which is always known.
    case ofState(@Sendable (LifeState) -> Response)
    /// From a snapshot, which has to be collected first.
    case ofSnapshot(@Sendable (Snapshot) -> Response)
  }

  /// Every resource, in the order in which `/` lists them.
  static let all: [Resource] = [index, stats, metrics, health]

  /// The path, as it is in requests.
  let path: String
  /// What it shows, in a few words.
  let summary: String
  let content: Content

  /// Whether its response needs a snapshot.
  var needsSnapshot: Bool {
    if case .ofSnapshot = content { true } else { false }
  }

  /// Its response; 503 when it needs a snapshot and there is none.
  func response(state: LifeState, snapshot: Snapshot?) -> Response {
    switch content {
    case .ofState(let response): return response(state)
    case .ofSnapshot(let response):
      guard let snapshot else {
        return Response(status: .serviceUnavailable, sentence: "The statistics are currently not available.")
      }
      return response(snapshot)
    }
  }
}
