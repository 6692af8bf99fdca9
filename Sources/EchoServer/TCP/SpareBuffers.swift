import EchoCore
import Sockets
import SystemPackage

/// The free buffers of one queue for the unsent bytes of its connections, all of one size.
///
/// A queue has one before it receives, so that the reply has a place if its peer does not read. If there is no memory for
/// one, nothing is received. Buffers that connections have emptied are kept for a moment: a slow client stalls again with
/// its next message, and the kernel would have to map and clear the pages again.
final class SpareBuffers {
  /// How many are kept at most.
  static let limit = 16
  /// All are released this long after the first one came back.
  static let keptMilliseconds: Int64 = 1000
  /// The size of each: that of the buffer that a queue receives into.
  static let byteCount = StreamQueue.messageBytes + ServiceRequest.replyRoomBytes

  private let loop: EventLoop
  private let timer = OneShot()
  private var buffers: [MappedBuffer] = [] {
    didSet { isReady = !buffers.isEmpty }
  }
  /// Whether there is one for ``take()``. Plain, because it is read for each message.
  private(set) var isReady = false

  init(on loop: EventLoop) {
    self.loop = loop
    buffers.reserveCapacity(Self.limit)
  }

  /// How many there are.
  var count: Int { buffers.count }

  /// Makes sure that there is one for ``take()``. ENOMEM if there is no memory.
  func reserve() throws(Errno) {
    if buffers.isEmpty { buffers.append(try MappedBuffer(byteCount: Self.byteCount)) }
  }

  /// Takes a buffer, after ``reserve()``.
  func take() -> MappedBuffer { buffers.removeLast() }

  /// Keeps an emptied buffer for a moment, unless there are enough.
  func giveBack(_ buffer: MappedBuffer) {
    guard buffers.count < Self.limit else { return }
    buffers.append(buffer)
    loop.schedule(timer, afterMilliseconds: Self.keptMilliseconds) {
      self.buffers.removeAll(keepingCapacity: true)
    }
  }
}
