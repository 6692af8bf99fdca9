import Addresses
import Sockets
import SystemPackage

/// One connection to an echo server. See tcp(7).
final class TCPConnection {
  /// What came for a message, and why no more.
  struct Exchange: Equatable {
    enum Ending: Equatable {
      /// The reply is as long as the message.
      case whole
      /// The peer closed the connection.
      case closed
      /// The connection broke.
      case failed(Errno)
      /// The connection neither took nor brought anything for ``Patience/seconds``.
      case silent
    }

    var reply: [UInt8] = []
    var ending = Ending.whole
  }

  private static let bufferBytes = 64 * 1024
  /// How many buffers of what came unasked are thrown away; a peer that sends more is no echo.
  private static let leftoverLimit = 16

  let remote: Remote
  /// Whether a message was exchanged before.
  private(set) var isUsed = false
  private let socket: StreamSocket
  private var buffer = [UInt8](repeating: 0, count: bufferBytes)

  /// Connects.
  init(to endpoint: Endpoint) throws(Errno) {
    remote = Remote(transport: .tcp, endpoint: endpoint)
    socket = try StreamSocket(connectingTo: endpoint)
    guard try socket.wait(for: .writable, milliseconds: Int32(Patience.milliseconds)) else { throw .timedOut }
    try socket.finishConnecting()
  }

  /// Throws away what came before a message was sent, which is not its reply, and tells whether the peer still listens
  /// as far as is known: its end may be on its way.
  func isStillOpen() -> Bool {
    for _ in 0..<Self.leftoverLimit {
      switch Result(catching: { () throws(Errno) in try socket.receive(into: &buffer) }) {
      case .success(.wouldBlock): return true
      case .success(.bytes): continue
      case .success(.end), .failure: return false
      }
    }
    return false
  }

  /// Sends a message and receives as many bytes, both at once: a server may stop reading until its replies are read.
  func exchange(_ message: [UInt8]) -> Exchange {
    isUsed = true
    var exchange = Exchange()
    var unsent = message[...]
    do throws(Errno) {
      while exchange.reply.count < message.count {
        let sent = sendSome(of: &unsent)
        switch try socket.receive(into: &buffer, atMost: message.count - exchange.reply.count) {
        case .bytes(let count):
          exchange.reply += buffer[..<count]
        case .end:
          exchange.ending = .closed
          return exchange
        case .wouldBlock where !sent:
          guard try waitToGoOn(isSending: !unsent.isEmpty) else {
            exchange.ending = .silent
            return exchange
          }
        case .wouldBlock:
          break
        }
      }
    } catch {
      exchange.ending = .failed(error)
    }
    return exchange
  }

  /// Whether the connection took something. An error of sending ends the sending alone: what the peer sent before it
  /// went away can still be received, and then the error comes there.
  private func sendSome(of unsent: inout ArraySlice<UInt8>) -> Bool {
    guard !unsent.isEmpty else { return false }
    do throws(Errno) {
      guard case .done(let count) = try socket.send(unsent) else { return false }
      unsent = unsent.dropFirst(count)
      return count > 0
    } catch {
      unsent = []
      return true
    }
  }

  private func waitToGoOn(isSending: Bool) throws(Errno) -> Bool {
    try socket.wait(
      for: isSending ? [.readable, .writable] : .readable, milliseconds: Int32(Patience.milliseconds))
  }
}
