import EchoCore
import Sockets
import SystemPackage

/// One message to a server with the service `identify`, and its reply.
enum IdentifyQuestion {
  /// The length of the datagram with its PROXY header. The reply is no longer than what follows the header. The
  /// datagram passes every IPv6 link in one piece.
  static let datagramBytes = 1200
  /// The longest reply over TCP; echod's are much shorter.
  private static let replyLimit = 65_536
  private static let message = Array("identify\n".utf8)

  /// Asks the first of a server's addresses that accepts a connection or answers.
  static func reply(of peers: [Peer]) throws(LinkError) -> (bytes: [UInt8], peer: Peer) {
    peers.first?.transport == .udp ? try datagram(of: peers) : try line(of: peers)
  }

  private static func datagram(of peers: [Peer]) throws(LinkError) -> (bytes: [UInt8], peer: Peer) {
    let set = try LinkError.preparing { () throws(Errno) in try ReadinessSet() }
    let link = try DatagramLink(peers, set, token: 0)
    let headerBytes = peers.contains { $0.header != nil } ? SentHeader.datagramLimit : 0
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: datagramBytes - headerBytes - message.count)
    let reply = try link.exchange(
      padding + message, delay: LinkLimits.attemptDelayMilliseconds,
      timeout: Int64(LinkLimits.timeoutMilliseconds), set
    ) { _ in true }
    return (Array(reply), link.peer)
  }

  private static func line(of peers: [Peer]) throws(LinkError) -> (bytes: [UInt8], peer: Peer) {
    let exchange = try ConnectRace.winner(of: peers)
    // An incomplete line is no JSON object, so the caller rejects it.
    let limit = Int64(LinkLimits.timeoutMilliseconds)
    let cause = exchange.run(message, replyLine: replyLimit, limitMilliseconds: limit)
    if let cause, exchange.reply.isEmpty {
      throw .noReply(exchange.peer, cause)
    }
    return (exchange.reply, exchange.peer)
  }

  /// The object of a reply, without its line feed; `nil` if the reply is something else.
  static func object(in reply: [UInt8]) -> [UInt8]? {
    guard case .object = try? JSONValue(parsing: reply) else { return nil }
    return reply.last == UInt8(ascii: "\n") ? reply.dropLast() : reply
  }
}
