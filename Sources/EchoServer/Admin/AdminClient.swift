import AdminHTTP
import Sockets

/// A client of the admin socket: its connection, the parser of its requests, and its deadline.
final class AdminClient: Connected {
  /// How long a request may take to arrive, and its response to be taken.
  static let requestMilliseconds: Int64 = 10_000
  /// How long a connection may be idle between two requests.
  static let idleMilliseconds: Int64 = 30_000

  let connection: Connection
  var parser = RequestParser()
  /// When the connection is closed unless something happens that moves it.
  var deadline: Int64
  /// When the connection began, or its client took a whole response: a trickle of bytes is no progress.
  var progressedAt: Int64
  /// A response was sent whole.
  var wasAnswered = false
  /// The response that is being sent ends the connection.
  var endsAfterResponse = false
  /// A request that waits for a snapshot; the connection is held meanwhile.
  var waitingRequest: WaitingRequest?

  /// A request that waits for the next snapshot.
  struct WaitingRequest {
    let request: Request
    /// Such requests are numbered in the order in which they come.
    let number: Int
  }

  /// Whether its first response is under way: there is no better moment than this to keep it.
  var awaitsFirstSnapshot: Bool { waitingRequest != nil && !wasAnswered }

  init(_ connection: Connection, at now: Int64) {
    self.connection = connection
    self.deadline = now + Self.requestMilliseconds
    self.progressedAt = now
  }
}
