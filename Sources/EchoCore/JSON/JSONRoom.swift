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

/// A JSON object on one line, which is written into memory of a fixed size, without allocating anything. A member that
/// does not fit is left out, together with all that follow it.
struct JSONRoom {
  /// The least size of the memory: that of an object without members.
  static let leastBytes = 3

  private let room: UnsafeMutableRawBufferPointer
  private var text: TextRoom
  private var isFull = false

  /// Begins an object in at least ``leastBytes`` bytes.
  init(_ room: UnsafeMutableRawBufferPointer) {
    self.room = room
    // The last two bytes are kept for the end of the object.
    text = TextRoom(UnsafeMutableRawBufferPointer(rebasing: room.dropLast(2)))
    text.append(UInt8(ascii: "{"))
  }

  /// Adds a member, whose value the body writes.
  mutating func add(_ name: StaticString, _ write: (inout TextRoom) -> Void) {
    guard !isFull else { return }
    let before = text.count
    if before > 1 { text.append(UInt8(ascii: ",")) }
    text.append(UInt8(ascii: "\""))
    text.append(name)
    text.append("\":")
    write(&text)
    guard text.isOverfull else { return }
    text.cut(to: before)
    isFull = true
  }

  /// Adds a string.
  mutating func add(_ name: StaticString, string bytes: some Sequence<UInt8>) {
    add(name) { text in
      text.append(UInt8(ascii: "\""))
      text.append(escaping: bytes)
      text.append(UInt8(ascii: "\""))
    }
  }

  /// Adds a number that is not negative.
  mutating func add(_ name: StaticString, _ number: Int) {
    add(name) { $0.append(decimal: number) }
  }

  /// Adds an endpoint, unless there is none.
  mutating func add(_ name: StaticString, _ endpoint: Endpoint?) {
    guard let endpoint else { return }
    add(name) { text in
      text.append(UInt8(ascii: "\""))
      text.append(endpoint)
      text.append(UInt8(ascii: "\""))
    }
  }

  /// Ends the object with a line feed, and returns how many bytes it has.
  func finished() -> Int {
    room[text.count] = UInt8(ascii: "}")
    room[text.count + 1] = UInt8(ascii: "\n")
    return text.count + 2
  }
}
