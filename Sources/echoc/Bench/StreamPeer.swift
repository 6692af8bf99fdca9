import Sockets
import SystemPackage

/// A connection that stays, and how far its messages and their replies have come: both are bytes of one stream.
struct StreamPeer: ~Copyable {
  let socket: StreamSocket
  var isBroken = false
  /// How many messages were begun, and how many have their reply.
  var begun = 0
  private(set) var finished = 0
  /// How many bytes of what was begun the system has, and how many came back.
  private(set) var sentBytes = 0
  private(set) var receivedBytes = 0
  /// Where in the stream the next byte is sent and received.
  private var sendPlace: Int
  private var receivePlace: Int
  /// How many bytes of the reply are there that is not whole, and whether one is wrong.
  private var partialBytes = 0
  private var isPartWrong = false

  /// A connection of a number, which tells where its stream begins.
  init(_ socket: consuming StreamSocket, number: Int) {
    self.socket = socket
    sendPlace = Pattern.beginning(of: number)
    receivePlace = sendPlace
  }

  /// Sends what was begun, as far as there is room: with what the system leaves it goes on when it has room again.
  mutating func send(_ pattern: borrowing Pattern, messageBytes: Int) throws(Errno) {
    while true {
      let count = begun * messageBytes - sentBytes
      guard count > 0 else { return }
      let piece = pattern.piece(at: sendPlace, count: min(count, pattern.reach))
      guard case .done(let sent) = try socket.send(piece) else { return }
      sentBytes += sent
      sendPlace = Pattern.place(sendPlace, advancedBy: sent)
    }
  }

  /// Where the first wrong byte of what was received is, and what the right one is; `nil` when all are right.
  func firstFault(
    in bytes: UnsafeRawBufferPointer, _ pattern: borrowing Pattern
  ) -> (offset: Int, expected: UInt8)? {
    guard !pattern.matches(bytes, at: receivePlace),
      let offset = pattern.firstDifference(bytes, at: receivePlace)
    else { return nil }
    return (offset, pattern.byte(at: Pattern.place(receivePlace, advancedBy: offset)))
  }

  /// Takes what was received, and tells of each reply that is whole now its number and whether it is right.
  mutating func take(
    _ bytes: UnsafeRawBufferPointer, areRight: Bool, _ pattern: borrowing Pattern, messageBytes: Int,
    finish: (_ number: Int, _ isRight: Bool) -> Void
  ) {
    var offset = 0
    while offset < bytes.count {
      let count = min(messageBytes - partialBytes, bytes.count - offset)
      if !areRight {
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
        if !pattern.matches(part, at: Pattern.place(receivePlace, advancedBy: offset)) { isPartWrong = true }
      }
      offset += count
      partialBytes += count
      guard partialBytes == messageBytes else { break }
      finish(finished, !isPartWrong)
      finished += 1
      (partialBytes, isPartWrong) = (0, false)
    }
    receivedBytes += bytes.count
    receivePlace = Pattern.place(receivePlace, advancedBy: bytes.count)
  }
}
