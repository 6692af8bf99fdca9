import Sockets
import SystemPackage

/// One connection, and one message at a time over it, each with a reply of the same length or of one line.
final class StreamExchange {
  /// How far an exchange has come.
  enum Progress: Equatable {
    /// The reply is as long as the message, or has its line feed.
    case complete
    /// The socket has to be waited for.
    case waiting
    /// No more of the reply will come.
    case ended(LinkError.Cause)
  }

  /// What came of the reply so far.
  private(set) var reply: [UInt8] = []
  private var link: StreamLink
  /// The PROXY header that goes before the first message.
  private var header: [UInt8] = []
  private var unsent: ArraySlice<UInt8> = []
  private var expectedBytes = 0
  /// Whether the reply ends with a line feed, even if it has fewer bytes.
  private var isLine = false
  private var hasAnswered = false
  private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

  /// Starts to connect: see ``isDecided``.
  init(connectingTo peer: Peer) throws(Errno) {
    link = try StreamLink(connectingTo: peer, queueingErrors: true)
  }

  var peer: Peer { link.peer }

  /// Whether the attempt to connect is over: then call ``finishConnecting()``.
  var isDecided: Bool { (try? link.socket.descriptor.wait(for: .writable, milliseconds: 0)) ?? false }

  /// Ends the attempt to connect; throws why there is no connection.
  func finishConnecting() throws(ConnectFailure) {
    try link.finishConnecting()
    header = try ConnectFailure.catching(peer) { () throws(Errno) in try link.headerBytes() }
  }

  /// Begins to exchange a message. The reply has as many bytes, or is a line of at most `replyLine` bytes.
  func begin(_ message: [UInt8], replyLine: Int? = nil) {
    (unsent, reply, expectedBytes) = ((header + message)[...], [], replyLine ?? message.count)
    isLine = replyLine != nil
    header = []
  }

  /// Sends and receives as far as it goes, both at once: a server may stop reading until its replies are read.
  func advance() -> Progress {
    do throws(Errno) {
      while !isComplete {
        let hasSent = sendSome()
        switch try link.socket.receive(into: &buffer, atMost: expectedBytes - reply.count) {
        case .bytes(let count): reply += buffer[..<count]
        case .end: return .ended(.closed)
        case .wouldBlock: if !hasSent { return .waiting }
        }
      }
    } catch {
      return .ended(.failed(ReportedError(error)))
    }
    hasAnswered = true
    return .complete
  }

  private var isComplete: Bool {
    reply.count >= expectedBytes || isLine && reply.last == UInt8(ascii: "\n")
  }

  /// Whether the connection took something. An error ends the sending alone: what the peer sent before it went away can
  /// still be received, and then the error comes there.
  private func sendSome() -> Bool {
    guard !unsent.isEmpty else { return false }
    do throws(Errno) {
      let count = try link.send(unsent)
      unsent = unsent.dropFirst(count)
      return count > 0
    } catch {
      unsent = []
      return true
    }
  }

  /// Exchanges a message, and waits for ``LinkLimits/timeoutSeconds`` at a time and for a limited time in all. Returns why there
  /// is no whole reply, `nil` when there is.
  func run(
    _ message: [UInt8], replyLine: Int? = nil, limitMilliseconds: Int64 = Int64(Int32.max)
  ) -> LinkError.Cause? {
    let deadline = SystemClock.monotonicMilliseconds() + limitMilliseconds
    begin(message, replyLine: replyLine)
    while true {
      switch advance() {
      case .complete: return nil
      case .ended(let cause): return cause
      case .waiting:
        let left = min(Int64(LinkLimits.timeoutMilliseconds), deadline - SystemClock.monotonicMilliseconds())
        guard left > 0, wait(milliseconds: Int32(left)) else {
          return .timeout(milliseconds: min(Int64(LinkLimits.timeoutMilliseconds), limitMilliseconds))
        }
      }
    }
  }

  /// Whether the connection ended before the message reached the server, as far as one can tell. A server can close
  /// after its last reply so late that the next message was sent to the closed connection.
  var endedBeforeMessage: Bool { hasAnswered && reply.isEmpty }

  /// Why there is no whole reply.
  func error(_ cause: LinkError.Cause) -> LinkError {
    reply.isEmpty
      ? .noReply(peer, cause) : .shortReply(peer, received: reply.count, expected: expectedBytes)
  }

  /// Receives what no message asked for. An error is an end.
  func receiveUnrequested() -> StreamSocket.Received { (try? link.socket.receive(into: &buffer)) ?? .end }

  /// Waits until the socket is ready to go on; `false` when the time is over.
  func wait(milliseconds: Int32) -> Bool {
    // poll(2) fails only for want of memory.
    (try? link.socket.descriptor.wait(for: interest, milliseconds: milliseconds)) ?? false
  }

  /// Makes the close a reset, which leaves nothing behind (TIME_WAIT).
  func resetOnClose() { link.socket.resetOnClose() }

  /// Adds the socket to a set, to be reported when the attempt to connect is over.
  func add(to set: borrowing ReadinessSet, token: UInt64) throws(Errno) {
    try link.add(to: set, for: .writable, token: token)
  }

  /// Has the set report when the exchange can go on, or when something unrequested comes.
  func updateInterest(in set: borrowing ReadinessSet, token: UInt64) {
    // A change of a member fails only for want of memory.
    try? set.modify(link.socket.descriptor, for: interest, token: token)
  }

  private var interest: ReadinessSet.Interest { unsent.isEmpty ? .readable : [.readable, .writable] }
}
