import EchoCore
import Sockets
import SystemPackage

/// The free buffers of one queue for the unsent bytes of its connections, all of one size.
///
/// A queue reserves a buffer before it receives, so that there is room for the reply if the peer does not read. Without
/// memory for one, nothing is received. Buffers that connections have emptied are kept for a moment: a slow client
/// stalls again with its next message, and the kernel would have to map and clear the pages again.
final class SpareBuffers {
  /// The maximum number of buffers that are kept.
  static let limit = 16
  /// How long after the first buffer came back all are released.
  static let keptMilliseconds: Int64 = 1000
  /// The size of each buffer, which is also that of the buffer that a queue receives into.
  static let byteCount = StreamExchange.messageBytes + ServiceRequest.replyRoomBytes

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

  /// How many buffers are free.
  var count: Int { buffers.count }

  /// Makes sure that there is a buffer for ``take()``. Throws ENOMEM if there is no memory.
  func reserve() throws(Errno) {
    if buffers.isEmpty { buffers.append(try MappedBuffer(byteCount: Self.byteCount)) }
  }

  /// Takes a free buffer; call ``reserve()`` first.
  func take() -> MappedBuffer { buffers.removeLast() }

  /// Returns an emptied buffer, which is kept for a moment unless there are enough.
  func giveBack(_ buffer: MappedBuffer) {
    guard buffers.count < Self.limit else { return }
    buffers.append(buffer)
    loop.schedule(timer, afterMilliseconds: Self.keptMilliseconds) {
      self.buffers.removeAll(keepingCapacity: true)
    }
  }
}
