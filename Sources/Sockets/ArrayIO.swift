public import SystemPackage

// Sending from arrays and receiving into them, for programs that have one thing to do; queues have buffers of their own.

extension StreamSocket {
  /// As ``send(_:)-(UnsafeRawBufferPointer)``.
  public func send(_ bytes: ArraySlice<UInt8>) throws(Errno) -> IOResult<Int> {
    try bytes.withUnsafeBufferPointer { bytes throws(Errno) in try send(UnsafeRawBufferPointer(bytes)) }
  }

  /// As ``receive(into:)``; `limit` bytes at the most, at the array's beginning.
  public func receive(into buffer: inout [UInt8], atMost limit: Int = .max) throws(Errno) -> Received {
    try buffer.withUnsafeMutableBufferPointer { bytes throws(Errno) in
      try receive(
        into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes).prefix(limit)))
    }
  }
}

extension DatagramSocket {
  /// As ``send(_:)-(UnsafeRawBufferPointer)``.
  public func send(_ bytes: [UInt8]) throws(Errno) -> IOResult<Int> {
    try bytes.withUnsafeBufferPointer { bytes throws(Errno) in try send(UnsafeRawBufferPointer(bytes)) }
  }

  /// As ``receive(into:)``, at the array's beginning; what does not fit is lost.
  public func receive(into buffer: inout [UInt8]) throws(Errno) -> IOResult<Int> {
    try buffer.withUnsafeMutableBufferPointer { bytes throws(Errno) in
      try receive(into: UnsafeMutableRawBufferPointer(bytes))
    }
  }
}
