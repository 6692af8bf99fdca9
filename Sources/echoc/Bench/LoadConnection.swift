import Sockets
import SystemPackage

/// A TCP connection of a load, and how far its messages and replies have come: both are pieces of one ``Pattern``.
struct LoadConnection: ~Copyable {
  var link: StreamLink
  var isBroken = false
  /// How many messages were begun, and how many have their reply.
  var begun = 0
  private(set) var finished = 0
  /// How many bytes of the begun messages were sent, and how many came back.
  private(set) var sentBytes = 0
  private(set) var receivedBytes = 0
  /// The offsets in the pattern of the next byte to send and to receive.
  private var sendOffset: Int
  private var receiveOffset: Int
  /// How many bytes of an incomplete reply came, and whether one of them is wrong.
  private var partialBytes = 0
  private var isPartWrong = false

  /// Starts to connect. The connection's messages begin at an offset in the pattern. `queueingErrors` is as in
  /// ``StreamLink/init(connectingTo:queueingErrors:)``.
  init(connectingTo peer: Peer, offset: Int, queueingErrors: Bool) throws(Errno) {
    link = try StreamLink(connectingTo: peer, queueingErrors: queueingErrors)
    (sendOffset, receiveOffset) = (offset, offset)
  }

  /// Sends the begun messages, as far as there is room.
  mutating func send(_ pattern: borrowing Pattern, messageBytes: Int) throws(Errno) {
    while true {
      let count = begun * messageBytes - sentBytes
      guard count > 0 else { return }
      let sent = try link.send(pattern.piece(at: sendOffset, count: min(count, pattern.pieceLimit)))
      guard sent > 0 else { return }
      sentBytes += sent
      sendOffset = Pattern.offset(sendOffset, advancedBy: sent)
    }
  }

  /// Takes received bytes, and reports the number of each reply that is complete now and whether it is correct. Returns
  /// the first wrong byte: where it is, and the correct one; `nil` when all are correct.
  mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ pattern: borrowing Pattern, messageBytes: Int,
    finish: (_ number: Int, _ isRight: Bool) -> Void
  ) -> (index: Int, expected: UInt8)? {
    let difference = pattern.firstDifference(in: bytes, at: receiveOffset)
    var index = 0
    while index < bytes.count {
      let count = min(messageBytes - partialBytes, bytes.count - index)
      if difference != nil {
        let part = UnsafeRawBufferPointer(rebasing: bytes[index..<index + count])
        if !pattern.matches(part, at: Pattern.offset(receiveOffset, advancedBy: index)) { isPartWrong = true }
      }
      index += count
      partialBytes += count
      guard partialBytes == messageBytes else { break }
      finish(finished, !isPartWrong)
      finished += 1
      (partialBytes, isPartWrong) = (0, false)
    }
    receivedBytes += bytes.count
    receiveOffset = Pattern.offset(receiveOffset, advancedBy: bytes.count)
    return difference
  }
}
