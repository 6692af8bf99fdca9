import Sockets

/// What a connection has still to send, and the memory that it is in.
struct UnsentBytes {
  private enum Memory {
    case array([UInt8])
    case buffer(MappedBuffer, of: SpareBuffers)
  }

  private let memory: Memory
  private var range: Range<Int>

  /// A copy of bytes in an array.
  init(copying bytes: UnsafeRawBufferPointer) {
    (memory, range) = (.array(Array(bytes)), 0..<bytes.count)
  }

  /// A copy of bytes in a spare buffer, of which there has to be one.
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

  /// Makes the buffer spare again.
  func giveBack() {
    if case .buffer(let buffer, let spares) = memory { spares.giveBack(buffer) }
  }
}
