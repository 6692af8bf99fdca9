import Addresses

/// Text that is written into memory of a fixed size, without allocating anything.
struct TextRoom {
  private let room: UnsafeMutableRawBufferPointer
  /// How many bytes have been written.
  private(set) var count = 0
  /// Whether something did not fit; what was written after that is of no use.
  private(set) var isOverfull = false

  /// Makes an empty text.
  init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

  mutating func append(_ byte: UInt8) {
    guard count < room.count else { return isOverfull = true }
    room[count] = byte
    count += 1
  }

  mutating func append(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { append(byte) }
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a number that is not negative, in decimal digits.
  mutating func append(decimal number: Int) {
    var divisor = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }

  /// Appends a byte as two hexadecimal digits.
  mutating func append(hexadecimal byte: UInt8) {
    append(hexadecimalDigit: byte >> 4)
    append(hexadecimalDigit: byte & 0xF)
  }

  private mutating func append(hexadecimalDigit digit: UInt8) {
    append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
  }

  /// Appends an endpoint as ``Addresses/Endpoint/description`` has it.
  mutating func append(_ endpoint: Endpoint) {
    let isIPv4 = endpoint.address.isIPv4
    if !isIPv4 { append(UInt8(ascii: "[")) }
    endpoint.address.withText { append($0) }
    if !isIPv4, endpoint.scope != 0 {
      append(UInt8(ascii: "%"))
      append(decimal: Int(endpoint.scope))
    }
    if !isIPv4 { append(UInt8(ascii: "]")) }
    append(UInt8(ascii: ":"))
    append(decimal: Int(endpoint.port))
  }

  /// Appends bytes as the inside of a JSON string (RFC 8259, section 7). What is not UTF-8 becomes U+FFFD.
  mutating func append(escaping bytes: some Sequence<UInt8>) {
    var (decoder, iterator) = (Unicode.UTF8(), bytes.makeIterator())
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): append(escaping: scalar)
      case .error: append(escaping: "\u{FFFD}")
      case .emptyInput: return
      }
    }
  }

  private mutating func append(escaping scalar: Unicode.Scalar) {
    switch scalar {
    case "\"", "\\":
      append(UInt8(ascii: "\\"))
      append(UInt8(truncatingIfNeeded: scalar.value))
    case "\0"..<" ", "\u{7F}":
      append("\\u00")
      append(hexadecimal: UInt8(truncatingIfNeeded: scalar.value))
    default: append(Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter)
    }
  }

  /// Removes what was written after that many bytes.
  mutating func cut(to count: Int) {
    self.count = count
    isOverfull = false
  }
}
