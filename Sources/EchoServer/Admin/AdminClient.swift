import AdminHTTP
import Sockets

/// A client of the admin socket: its connection, request parser and deadline.
final class AdminClient: Connected {
  /// How long a client may take to send a request, and to receive the response.
  static let requestMilliseconds: Int64 = 10_000
  /// How long a connection may be idle between requests.
  static let idleMilliseconds: Int64 = 30_000

  let connection: Connection
  var parser = RequestParser()
  /// When the connection is closed without further progress.
  var deadline: Int64
  /// When the connection began or its last response was complete: a trickle of bytes does not count as progress.
  var progressedAt: Int64
  var wasAnswered = false
  var closesAfterResponse = false
  /// A request that is waiting for the next snapshot; the connection is held until then. Numbered in order of arrival.
  var waitingRequest: (request: Request, number: Int)?

  /// Whether the client is still waiting for its first response.
  var awaitsFirstSnapshot: Bool { waitingRequest != nil && !wasAnswered }

  init(_ connection: Connection, at now: Int64) {
    self.connection = connection
    self.deadline = now + Self.requestMilliseconds
    self.progressedAt = now
  }
}
