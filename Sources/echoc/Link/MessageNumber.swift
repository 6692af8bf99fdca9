/// A message's number on the wire: eight letters from A to P, each for four bits, the lowest bits first. An echo and
/// `uppercase` send such letters back unchanged.
///
/// A shorter message carries only the lowest bits of its number, so that numbers with the same lowest bits look alike.
enum MessageNumber {
  /// How many bytes a whole number has.
  static let bytes = 8

  /// The letters of a number, the first in the lowest byte.
  static func letters(of number: UInt32) -> UInt64 {
    var spread = UInt64(number)
    spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
    spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
    spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
    return (spread &+ 0x4141_4141_4141_4141).littleEndian
  }

  /// The number with these letters; `nil` when one is not from A to P.
  static func number(of letters: UInt64) -> UInt32? {
    // A byte below A borrows, which sets high bits there or in the next byte that no letter has.
    let spread = letters.littleEndian &- 0x4141_4141_4141_4141
    guard spread & 0xF0F0_F0F0_F0F0_F0F0 == 0 else { return nil }
    var number = (spread | spread >> 4) & 0x00FF_00FF_00FF_00FF
    number = (number | number >> 8) & 0x0000_FFFF_0000_FFFF
    number = number | number >> 16
    return UInt32(truncatingIfNeeded: number)
  }

  /// The number at the beginning of a message, or as much of it as a short message carries.
  static func number(in message: UnsafeRawBufferPointer) -> UInt32? {
    if message.count >= bytes { return number(of: message.loadUnaligned(as: UInt64.self)) }
    var letters: UInt64 = 0x4141_4141_4141_4141
    withUnsafeMutableBytes(of: &letters) { $0.copyMemory(from: message) }
    return number(of: letters)
  }

  /// The bits of a number that a message of so many bytes carries.
  static func mask(forBytes count: Int) -> UInt32 {
    count >= bytes ? .max : 1 << (4 * UInt32(count)) - 1
  }
}
