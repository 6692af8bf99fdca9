import Sockets
import SystemPackage

/// Why a reply is missing.
enum TalkError: Error, Hashable {
  /// The host has no address.
  case cannotResolve(ResolutionError)
  /// None of the host's addresses could be connected to: each with its reason, in the order of the attempts.
  case cannotConnect([Refusal])
  /// The line is longer than a message can be.
  case lineTooLong(limit: Int)
  /// The system did not take the message.
  case cannotSend(Remote, Errno)
  /// An error came instead of the reply.
  case noReply(Remote, Errno)
  /// Nothing came in time.
  case silence(Remote)
  /// The peer closed the connection instead of a reply.
  case closed(Remote)
  /// The reply ended early.
  case shortReply(Remote, received: Int, expected: Int)
}

extension TalkError: CustomStringConvertible {
  /// A sentence that names the operation and the address.
  var description: String {
    switch self {
    case .cannotResolve(let error): "\(error)"
    case .cannotConnect(let refusals): refusals.sentence
    case .lineTooLong(let limit): "longer than the \(limit) bytes that a message can have, not sent"
    case .cannotSend(let remote, let error): "cannot send to \(remote): \(error)"
    case .noReply(let remote, let error): "no reply from \(remote): \(error)"
    case .silence(let remote): "no reply from \(remote) within \(Patience.seconds) s"
    case .closed(let remote): "no reply from \(remote): it closed the connection"
    case .shortReply(let remote, let received, let expected):
      "the reply from \(remote) ended after \(received) of \(expected) bytes"
    }
  }
}
