extension JSONParser {
  /// A string (RFC 8259, section 7); the next byte is its opening quote.
  mutating func string() throws(JSONSyntaxError) -> String {
    let start = offset
    var text: [UInt8] = []
    offset += 1
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escape().utf8
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        throw failure("the string that starts here is not closed on its line", at: start)
      case 0..<0x20:
        let code = padded(byte, to: 4, radix: 16)
        throw failure(
          "the control character U+\(code) appears unescaped in a string; write \\u\(code)", at: offset)
      default:
        text.append(byte)
        offset += 1
      }
    }
    throw failure("the string that starts here is never closed", at: start)
  }

  /// An escape; the next byte is its backslash.
  private mutating func escape() throws(JSONSyntaxError) -> String {
    let start = offset
    offset += 2
    switch byte(at: start + 1) {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return String(try escapedScalar(start))
    default:
      throw failure(
        "this is not an escape in JSON; its escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX",
        at: start)
    }
  }

  /// The scalar of `\uXXXX`, or of two of them that are a surrogate pair; the next byte is the first digit.
  private mutating func escapedScalar(_ start: Int) throws(JSONSyntaxError) -> Unicode.Scalar {
    let first = try fourDigits(start)
    if let scalar = Unicode.Scalar(first) { return scalar }
    let second = offset
    if first < 0xDC00, take("\\"), take("u") {
      let low = try fourDigits(second)
      // Neither subtraction can overflow: `first` is a high surrogate and `low` a low one.
      if (0xDC00...0xDFFF).contains(low),
        let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00))
      {
        return scalar
      }
    }
    throw failure("half of a surrogate pair without the other half", at: start)
  }

  private mutating func fourDigits(_ start: Int) throws(JSONSyntaxError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("\\u needs four hexadecimal digits", at: start)
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  /// A number (RFC 8259, section 6); the next byte is its sign or its first digit.
  mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = offset
    _ = take("-")
    if next == UInt8(ascii: "0"), let second = byte(at: offset + 1), Self.isDigit(second) {
      throw failure("a number cannot have a leading zero", at: start)
    }
    try digits(after: "'-'")
    if take(".") { try digits(after: "'.'") }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      try digits(after: "an exponent's 'e'")
    }
    let lexeme = String(decoding: bytes[start..<offset], as: UTF8.self)
    if let integer = Int(lexeme) { return .integer(integer) }
    guard let number = Double(lexeme), number.isFinite else {
      throw failure("the number is beyond the range of 64-bit floating point", at: start)
    }
    return .number(number)
  }

  private mutating func digits(after what: String) throws(JSONSyntaxError) {
    guard let byte = next, Self.isDigit(byte) else { throw expected("a digit after \(what)") }
    while let byte = next, Self.isDigit(byte) { offset += 1 }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
