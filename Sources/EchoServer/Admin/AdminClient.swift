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
  /// When the connection began, or the client last took bytes of a response. Bytes of an incomplete request do not
  /// count as progress: they could trickle in forever.
  var progressedAt: Int64
  var wasAnswered = false
  var closesAfterResponse = false
  /// A request that is waiting for the finding of its inquiry; the connection is held until then. Numbered in order of
  /// arrival.
  var waiting: (request: RoutedRequest, inquiry: Inquiry, number: Int)?

  /// Whether its first request is still incomplete.
  var isNew: Bool { connection.phase == .receiving && !wasAnswered }

  /// Whether it may have to give way to newcomers: not while its request waits for a response, or while it lingers.
  var canGiveWay: Bool {
    guard !connection.isPaused else { return false }
    return connection.phase == .receiving || connection.phase == .sending
  }

  init(_ connection: Connection, at now: Int64) {
    self.connection = connection
    self.deadline = now + Self.requestMilliseconds
    self.progressedAt = now
  }
}
