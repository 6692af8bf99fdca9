import Addresses
import Sockets
import SystemPackage

/// Why a server cannot be reached, or why its reply is missing.
enum LinkError: Error, Hashable {
  /// Why no more of a reply is expected.
  enum Cause: Hashable {
    /// The peer closed the connection.
    case closed
    /// The system or a host on the path reported an error.
    case failed(ReportedError)
    /// Nothing came in time.
    case timeout(milliseconds: Int64)
  }

  /// The host has no address.
  case cannotResolve(ResolutionError)
  /// The zone of the host's address names no interface of this machine.
  case noInterface(ZonedAddress)
  /// No address could be connected to: each with its error, in the order of the attempts.
  case cannotConnect([ConnectFailure])
  /// The process may not open enough descriptors.
  case tooManyDescriptors(limit: Int)
  /// The system refused something else that is needed before the first message.
  case cannotBegin(Errno)
  /// The kernel did not take the message.
  case cannotSend(Peer, Errno)
  /// The message would have to be fragmented, which is not allowed. It has the path MTU in bytes, if the kernel knows
  /// it.
  case tooLong(Peer, pathMTU: Int?)
  /// The source address is not one of this machine.
  case notOurs(ZonedAddress)
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
struct ConnectFailure: Error, Hashable {
  var peer: Peer
  var cause: LinkError.Cause

  /// Runs a part of an attempt to connect, whose errors become its failure.
  static func catching<Result: ~Copyable>(
    _ peer: Peer, _ body: () throws(Errno) -> Result
  ) throws(ConnectFailure) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw ConnectFailure(peer: peer, cause: .failed(ReportedError(error)))
    }
  }
}

extension ConnectFailure: CustomStringConvertible {
  /// The address and the reason.
  var description: String { "\(peer): \(reason)" }

  private var reason: String {
    switch cause {
    // The kernel says EINVAL.
    case .failed(ReportedError(.invalidArgument)) where peer.lacksZone:
      "the zone is missing, as in [\(peer.endpoint.address)%eth0]"
    case .failed(let failure) where failure == ReportedError(.timedOut): "no answer"
    case .timeout: "no answer \(cause.text(from: peer))"
    case .closed, .failed: cause.text(from: peer)
    }
  }
}

extension LinkError: CustomStringConvertible {
  /// A sentence that names the operation and the address.
  var description: String {
    switch self {
    case .cannotResolve(let error): "\(error)"
    case .noInterface(let address):
      "this machine has no interface \(address.zone ?? "") (the zone of \(address))"
    case .cannotConnect(let failures):
      "cannot connect to " + failures.map(\.description).joined(separator: ", nor to ")
    case .tooManyDescriptors(let limit):
      "the connections need more file descriptors than the system's limit of \(limit)"
    case .cannotBegin(let error): "cannot start: \(error)"
    case .cannotSend(let peer, let error): "cannot send to \(peer): \(error)"
    case .tooLong(let peer, let pathMTU):
      "cannot send to \(peer) without fragments: the message is too long"
        + (pathMTU.map { " for the path MTU of \($0) bytes" } ?? "")
    case .notOurs(let address): "\(address) is not an address of this machine"
    case .noReply(let peer, let cause): Self.noReply(from: peer, cause)
    case .shortReply(let peer, let received, let expected):
      "the reply from \(peer) ended after \(received) of \(expected) bytes"
    }
  }

  private static func noReply(from peer: Peer, _ cause: Cause) -> String {
    let reason = cause.text(from: peer)
    guard case .timeout = cause else { return "no reply from \(peer): \(reason)" }
    // Over TCP this is another fault than a connection request without an answer.
    return peer.transport == .tcp
      ? "\(peer) accepted the connection, but sent no reply \(reason)" : "no reply from \(peer) \(reason)"
  }
}

extension LinkError.Cause {
  /// Whether the time was over.
  var isTimeout: Bool { if case .timeout = self { true } else { false } }

  /// The cause, as it follows what is missing.
  func text(from peer: Peer) -> String {
    switch self {
    case .closed: "the server closed the connection"
    case .failed(let error): error.text(to: peer.endpoint.address)
    case .timeout(let milliseconds): "within \(Self.seconds(milliseconds)) s"
    }
  }

  /// `5`, `0.25`.
  private static func seconds(_ milliseconds: Int64) -> String {
    let digits = milliseconds % 1000 == 0 ? 0 : milliseconds % 100 == 0 ? 1 : milliseconds % 10 == 0 ? 2 : 3
    return (Double(milliseconds) / 1000).text(digits: digits)
  }
}
