import SystemPackage

/// Talks over one connection for all lines, and over a new one when the server has closed it.
final class TCPTalker: Talker {
  /// How many buffers of unrequested bytes are discarded; a peer that sends more is no echo.
  private static let leftoverLimit = 16

  private var peers: [Peer]
  private var exchange: StreamExchange?

  /// Connects.
  init(_ peers: [Peer]) throws(LinkError) {
    self.peers = peers
    exchange = try connected()
  }

  /// The message is the line with its newline: servers wait for it, and an empty line is a message too.
  func reply(to line: [UInt8]) throws(LinkError) -> Reply {
    let message = line + [UInt8(ascii: "\n")]
    var exchange = try openExchange()
    var failure = exchange.run(message)
    if let cause = failure, !cause.isTimeout, exchange.endedBeforeMessage {
      exchange = try connected()
      failure = exchange.run(message)
    }
    // The rest of an incomplete reply would be taken for the next line's reply.
    self.exchange = failure == nil ? exchange : nil
    let error = failure.map(exchange.error)
    if exchange.reply.isEmpty, let error { throw error }
    let hasNewline = exchange.reply.last == UInt8(ascii: "\n")
    return Reply(bytes: exchange.reply.dropLast(hasNewline ? 1 : 0), error: error)
  }

  /// The connection, or a new one when the server is known to have closed it.
  private func openExchange() throws(LinkError) -> StreamExchange {
    if let exchange, isOpen(exchange) { return exchange }
    exchange = nil
    return try connected()
  }

  /// Discards what came before a message was sent; `false` when the peer has ended the connection.
  private func isOpen(_ exchange: StreamExchange) -> Bool {
    for _ in 0..<Self.leftoverLimit {
      switch exchange.receiveUnrequested() {
      case .wouldBlock: return true
      case .bytes: continue
      case .end: return false
      }
    }
    return false
  }

  /// A connection to the address that the first one was made to.
  private func connected() throws(LinkError) -> StreamExchange {
    let exchange = try ConnectRace.winner(of: peers)
    peers = [exchange.peer]
    return exchange
  }
}
