import EchoCore

/// A resource of the admin socket. To add one, add a file with its value, and the value to ``all``.
struct Resource: Sendable {
  /// How a request for it is answered.
  enum Answer: Sendable {
    /// With this response.
    case response(Response)
    /// From the daemon's state, which is always known.
    case ofState(@Sendable (LifeState) -> Response)
    /// From a snapshot, perhaps with what the process uses.
    case ofSnapshot(includesProcess: Bool = false, @Sendable (Snapshot) -> Response)
    /// From the daemon's state and whether the queues of a listener answer.
    case ofResponsiveness(listener: String, @Sendable (LifeState, Bool) -> Response)
    /// From the busiest clients of a listener.
    case ofClients(listener: String, @Sendable ([ClientActivity]) -> Response)
  }

  /// Every resource, in the order in which `/` lists them.
  static let all: [Resource] = [index, stats, clients, metrics, health]

  /// The path, as it is in requests.
  let path: String
  /// The query that the list at `/` shows after the path.
  var query = ""
  /// What it shows, in a few words.
  let summary: String
  /// How GET is answered. If it throws, the response has the error's status.
  let answer: @Sendable (Request) throws(RequestError) -> Answer
}
