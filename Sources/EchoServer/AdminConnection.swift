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
  /// When the connection began, or its client took a whole response: a trickle of bytes is no progress.
  var progressedAt: Int64
  /// A response was sent whole.
  var wasAnswered = false
  /// The response that is being sent ends the connection.
  var endsAfterResponse = false
  /// Set while the figures are being collected; nothing is received or answered meanwhile.
  var question: Question?

  /// A request that waits for the figures.
  struct Question {
    let request: Request
    /// Questions are numbered in the order in which they come.
    let number: Int
  }

  /// Whether its first response is under way: there is no better moment than this to keep it.
  var awaitsFirstFigures: Bool { question != nil && !wasAnswered }

  init(_ stream: Connection, at now: Int64) {
    self.stream = stream
    self.deadline = now + Self.requestMilliseconds
    self.progressedAt = now
  }

  /// What the readiness set should report now.
  var interest: ReadinessSet.Interest {
    question == nil ? stream.interest : []
  }
}
