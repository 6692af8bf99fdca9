import Sockets
import SystemPackage

/// Why a server cannot be reached, or why its reply is missing.
enum LinkError: Error, Hashable {
  /// Why no more of a reply is expected.
  enum Cause: Hashable {
    /// The peer closed the connection.
    case closed
    /// The system reported an error.
    case failed(Errno)
    /// Nothing came in ``LinkLimits/timeoutSeconds``.
    case timeout
  }

  /// The host has no address.
  case cannotResolve(ResolutionError)
  /// No address could be connected to: each with its error, in the order of the attempts.
  case cannotConnect([ConnectFailure])
  /// The process may not open enough descriptors.
  case tooManyDescriptors(limit: Int)
  /// The system refused something else that is needed before the first message.
  case cannotBegin(Errno)
  /// The kernel did not take the message.
  case cannotSend(Peer, Errno)
  /// No byte of a reply came.
  case noReply(Peer, Cause)
  /// The reply ended early.
  case shortReply(Peer, received: Int, expected: Int)

  /// Runs a preparation, whose errors become ``cannotBegin(_:)``.
  static func preparing<Result: ~Copyable>(
    _ body: () throws(Errno) -> Result
  ) throws(LinkError) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw .cannotBegin(error)
    }
  }
}

/// An address that could not be connected to.
struct ConnectFailure: Hashable {
  var peer: Peer
  var error: Errno
}

extension LinkError: CustomStringConvertible {
  /// A sentence that names the operation and the address.
  var description: String {
    switch self {
    case .cannotResolve(let error): "\(error)"
    case .cannotConnect(let failures):
      "cannot connect to " + failures.map { "\($0.peer): \($0.error)" }.joined(separator: ", nor to ")
    case .tooManyDescriptors(let limit):
      "the connections need more file descriptors than the system's limit of \(limit)"
    case .cannotBegin(let error): "cannot start: \(error)"
    case .cannotSend(let peer, let error): "cannot send to \(peer): \(error)"
    case .noReply(let peer, .timeout): "no reply from \(peer) \(Cause.timeout)"
    case .noReply(let peer, let cause): "no reply from \(peer): \(cause)"
    case .shortReply(let peer, let received, let expected):
      "the reply from \(peer) ended after \(received) of \(expected) bytes"
    }
  }
}

extension LinkError.Cause: CustomStringConvertible {
  /// The cause, as it follows what is missing.
  var description: String {
    switch self {
    case .closed: "the server closed the connection"
    case .failed(let error): "\(error)"
    case .timeout: "within \(LinkLimits.timeoutSeconds) s"
    }
  }
}
