import AdminHTTP
import Sockets
import SystemPackage

/// A client of the admin socket: a stream, the parser of its requests, and its deadline.
final class AdminConnection {
  /// How long a request may take to arrive, and its response to be taken.
  static let requestMilliseconds: Int64 = 10_000
  /// How long a connection may be idle between two requests.
  static let idleMilliseconds: Int64 = 30_000

  let stream: Connection
  var parser = RequestParser()
  /// When the connection is closed unless something happens that moves it.
  var deadline: Int64
  /// When something came from the client, or the client took a response.
  var progressedAt: Int64
  /// The response that is being sent ends the connection.
  var endsAfterResponse = false
  /// The figures are being collected; nothing is received or answered meanwhile.
  var awaitsSnapshot = false

  init(_ stream: Connection, at now: Int64) {
    self.stream = stream
    self.deadline = now + Self.requestMilliseconds
    self.progressedAt = now
  }

  /// What the readiness set should report now.
  var interest: ReadinessSet.Interest {
    awaitsSnapshot ? [] : stream.interest
  }
}
