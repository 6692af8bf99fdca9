// Numbers in network byte order, at any offset.

extension UnsafeRawBufferPointer {
  /// Reads a number.
  func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
    Number(bigEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Writes a number in big-endian order.
  func store(_ number: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
    storeBytes(of: number.bigEndian, toByteOffset: offset, as: type(of: number).self)
  }
}
