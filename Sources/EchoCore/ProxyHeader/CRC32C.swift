/// The checksum of a PROXY header: CRC-32 with Castagnoli's polynomial. See RFC 9260, appendix A.
struct CRC32C {
  private var state: UInt32 = .max

  /// The checksum of the bytes so far.
  var value: UInt32 { ~state }

  /// Adds these bytes.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    // The table is a global, which each access has to check: one access, not one per byte.
    state = Self.table.withUnsafeBufferPointer { [state] table in
      bytes.reduce(state) { state, byte in state >> 8 ^ table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] }
    }
  }

  /// What a byte does to the state.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { state, _ in state >> 1 ^ (state & 1 == 0 ? 0 : 0x82F6_3B78) }
  }
}
