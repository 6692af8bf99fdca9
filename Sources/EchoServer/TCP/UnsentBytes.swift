import Sockets

/// The bytes that a connection has still to send, and their memory.
struct UnsentBytes {
  private enum Memory {
    case array([UInt8])
    case held([UInt8], in: WaitingReplies.Room)
    case buffer(MappedBuffer, of: SpareBuffers)
  }

  private let memory: Memory
  private var range: Range<Int>
  /// How many of them may be sent now.
  private(set) var grantedCount: Int

  /// Keeps bytes in their array.
  init(_ bytes: [UInt8]) {
    (memory, range, grantedCount) = (.array(bytes), bytes.indices, bytes.count)
  }

  /// Copies bytes to an array.
  init(copying bytes: UnsafeRawBufferPointer) { self.init(Array(bytes)) }

  /// Copies a reply that waits, none of which may be sent yet.
  init(holding bytes: UnsafeRawBufferPointer, in room: WaitingReplies.Room) {
    (memory, range, grantedCount) = (.held(Array(bytes), in: room), 0..<bytes.count, 0)
  }

  /// Copies bytes to a spare buffer, which must have been reserved.
  init(copying bytes: UnsafeRawBufferPointer, to spares: SpareBuffers) {
    let buffer = spares.take()
    buffer.bytes.copyMemory(from: bytes)
    (memory, range, grantedCount) = (.buffer(buffer, of: spares), 0..<bytes.count, bytes.count)
  }

  var count: Int { range.count }

  /// A copy of them.
  var bytes: [UInt8] {
    switch memory {
    case .array(let array), .held(let array, _): Array(array[range])
    case .buffer(let buffer, _): Array(buffer.bytes[range])
    }
  }

  var isEmpty: Bool { range.isEmpty }

  /// Whether some of them were sent.
  var isBegun: Bool { range.lowerBound > 0 }

  /// Lets more of them be sent.
  mutating func grant(_ byteCount: Int) {
    grantedCount = min(count, grantedCount + byteCount)
  }

  /// The bytes that may be sent now.
  func withGranted<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let granted = range.prefix(grantedCount)
    switch memory {
    case .array(let array), .held(let array, _):
      return try array[granted].withUnsafeBufferPointer { bytes throws(Failure) in
        try body(UnsafeRawBufferPointer(bytes))
      }
    case .buffer(let buffer, _):
      return try body(UnsafeRawBufferPointer(rebasing: buffer.bytes[granted]))
    }
  }

  mutating func removeFirst(_ byteCount: Int) {
    range = range.dropFirst(byteCount)
    grantedCount -= byteCount
  }

  /// Returns the buffer, if there is one, to the spare buffers.
  func giveBack() {
    if case .buffer(let buffer, let spares) = memory { spares.giveBack(buffer) }
  }
}
