import Addresses
import Sockets
import SystemPackage

/// Talks over one connection for all lines, and over another one when the server has closed it.
final class TCPTalker: Talker {
  /// 1 MiB: a line and its reply are kept in memory.
  let lineLimit = 1 << 20

  private let endpoints: [Endpoint]
  private var connection: TCPConnection?

  /// Connects.
  init(_ endpoints: [Endpoint]) throws(TalkError) {
    self.endpoints = endpoints
    connection = try Self.connect(endpoints)
  }

  /// The message is the line with its newline: servers wait for it, and an empty line is a message too.
  func reply(to line: [UInt8]) throws(TalkError) -> Reply {
    let message = line + [UInt8(ascii: "\n")]
    var connection = try openConnection()
    // A server can close after its reply so late that this line was sent to the closed connection.
    let mayBeClosed = connection.isUsed
    var exchange = connection.exchange(message)
    if mayBeClosed, exchange.isUnheard {
      connection = try Self.connect(endpoints)
      exchange = connection.exchange(message)
    }
    // What still comes of a broken exchange would be taken for the next line's reply.
    self.connection = exchange.ending == .whole ? connection : nil
    return try exchange.reply(expecting: message.count, from: connection.remote)
  }

  private func openConnection() throws(TalkError) -> TCPConnection {
    if let connection, connection.isStillOpen() { return connection }
    connection = nil
    return try Self.connect(endpoints)
  }

  /// Connects to the first endpoint that takes the connection.
  private static func connect(_ endpoints: [Endpoint]) throws(TalkError) -> TCPConnection {
    var refusals: [Refusal] = []
    for endpoint in endpoints {
      do throws(Errno) {
        return try TCPConnection(to: endpoint)
      } catch {
        refusals.append(Refusal(remote: Remote(transport: .tcp, endpoint: endpoint), error: error))
      }
    }
    throw .cannotConnect(refusals)
  }
}

extension TCPConnection.Exchange {
  /// Whether the connection ended before any byte of a reply came.
  fileprivate var isUnheard: Bool {
    switch ending {
    case .closed, .failed: reply.isEmpty
    case .whole, .silent: false
    }
  }

  /// The reply without its newline, or why there is none.
  fileprivate func reply(expecting expected: Int, from remote: Remote) throws(TalkError) -> Reply {
    var bytes = reply
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    if ending == .whole { return Reply(bytes: bytes) }
    if !reply.isEmpty {
      return Reply(bytes: bytes, shortfall: .shortReply(remote, received: reply.count, expected: expected))
    }
    switch ending {
    case .failed(let error): throw .noReply(remote, error)
    case .silent: throw .silence(remote)
    case .whole, .closed: throw .closed(remote)
    }
  }
}
