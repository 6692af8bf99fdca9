import EchoCore

// What tests of the tables share: what is written, and the result of reading it.

/// The bytes that a table writes.
func written(_ write: (inout StateWriter) -> Void) -> [UInt8] {
  var writer = StateWriter()
  write(&writer)
  return writer.bytes
}

/// Why bytes cannot be restored; `nil` if they can be, to the last one.
func failure(
  of bytes: [UInt8], _ restore: (inout StateReader) throws(StateError) -> Void
) -> StateError? {
  var reader = StateReader(bytes)
  do throws(StateError) { try restore(&reader) } catch { return error }
  return reader.bytesLeft == 0 ? nil : .invalid
}

/// The bytes with each byte changed in turn, and cut at each length.
func broken(_ bytes: [UInt8]) -> [[UInt8]] {
  let cut = bytes.indices.map { Array(bytes[..<$0]) }
  let changed = bytes.indices.flatMap { index in
    [0x01, 0x80, 0xFF].map { (mask: UInt8) in
      var changed = bytes
      changed[index] ^= mask
      return changed
    }
  }
  return cut + changed
}
