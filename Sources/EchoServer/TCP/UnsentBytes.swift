import Sockets

/// The bytes that a connection has still to send, and their memory.
struct UnsentBytes {
  private enum Memory {
    case array([UInt8])
    case buffer(MappedBuffer, of: SpareBuffers)
  }

  private let memory: Memory
  private var range: Range<Int>

  /// Copies bytes to an array.
  init(copying bytes: UnsafeRawBufferPointer) {
    (memory, range) = (.array(Array(bytes)), 0..<bytes.count)
  }

  /// Copies bytes to a spare buffer, which must have been reserved.
  init(copying bytes: UnsafeRawBufferPointer, to spares: SpareBuffers) {
    let buffer = spares.take()
    buffer.bytes.copyMemory(from: bytes)
    (memory, range) = (.buffer(buffer, of: spares), 0..<bytes.count)
  }

  var isEmpty: Bool { range.isEmpty }

  func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch memory {
    case .array(let array):
      try array[range].withUnsafeBufferPointer { bytes throws(Failure) in
        try body(UnsafeRawBufferPointer(bytes))
      }
    case .buffer(let buffer, _):
      try body(UnsafeRawBufferPointer(rebasing: buffer.bytes[range]))
    }
  }

  mutating func removeFirst(_ byteCount: Int) {
    range = range.dropFirst(byteCount)
  }

  /// Returns the buffer, if there is one, to the spare buffers.
  func giveBack() {
    if case .buffer(let buffer, let spares) = memory { spares.giveBack(buffer) }
  }
}
