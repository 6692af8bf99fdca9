import EchoCore

/// The character classes of HTTP and URIs.
enum Syntax {
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")

  /// A character of a method or a field name: tchar (RFC 9110, section 5.6.2).
  static func isTokenCharacter(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte, or: "!#$%&'*+-.^_`|~")
  }

  /// A character of a path other than `/` and `%`: unreserved, sub-delims, `:` and `@` (RFC 3986, section 3.3).
  static func isPathCharacter(_ byte: UInt8) -> Bool {
    isHostCharacter(byte) || ":@".utf8.contains(byte)
  }

  /// A character of a registered name other than `%`: unreserved and sub-delims (RFC 3986, section 3.2.2).
  static func isHostCharacter(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte, or: "-._~!$&'()*+,;=")
  }

  /// Space or tab, which can surround a field's value (RFC 9110, section 5.6.3).
  static func isWhitespace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  /// A control character other than the tab, which no line of a request can have (RFC 9110, section 5.5).
  static func isControl(_ byte: UInt8) -> Bool {
    byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F
  }

  /// A decimal digit.
  static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  /// Whether the text is a token, which is not empty.
  static func isToken(_ text: some Collection<UInt8>) -> Bool {
    !text.isEmpty && text.allSatisfy(isTokenCharacter)
  }

  /// Whether every byte is allowed or part of a percent-encoding (RFC 3986, section 2.1).
  static func isEncoded(_ text: some Sequence<UInt8>, allowed: (UInt8) -> Bool) -> Bool {
    var digitsMissing = 0
    for byte in text {
      if digitsMissing > 0 {
        guard isHexDigit(byte) else { return false }
        digitsMissing -= 1
      } else if byte == UInt8(ascii: "%") {
        digitsMissing = 2
      } else if !allowed(byte) {
        return false
      }
    }
    return digitsMissing == 0
  }

  /// The text without white space at either end.
  static func trimmed<Text: BidirectionalCollection<UInt8>>(_ text: Text) -> Text.SubSequence {
    var text = text[...]
    while let last = text.last, isWhitespace(last) { text.removeLast() }
    return text.drop(while: isWhitespace)
  }

  /// The parts of a list, which a separator inside a quoted string does not end (RFC 9110, section 5.6.4).
  static func split(_ text: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
    var (isQuoted, isEscaped) = (false, false)
    return text.split(omittingEmptySubsequences: false) { byte in
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = isQuoted
      } else if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      }
      return byte == separator && !isQuoted
    }
  }

  /// The content of a quoted string (RFC 9110, section 5.6.4); `nil` if the text is not one.
  static func unquoted(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") else {
      return nil
    }
    var content: [UInt8] = []
    var isEscaped = false
    for byte in text.dropFirst().dropLast() {
      if !isEscaped, byte == UInt8(ascii: "\"") { return nil }
      isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
      if !isEscaped { content.append(byte) }
    }
    return isEscaped ? nil : content[...]
  }

  /// The text with A-Z in lower case: HTTP compares names in US-ASCII.
  static func lowercased(_ text: some Sequence<UInt8>) -> String {
    String(decoding: text.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
  }

  /// The value of a hexadecimal digit; `nil` for any other character.
  static func hexValue(_ byte: UInt8) -> Int? {
    guard isHexDigit(byte) else { return nil }
    return isDigit(byte) ? Int(byte - UInt8(ascii: "0")) : Int(byte | 0x20) - 0x61 + 10
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x66).contains(byte | 0x20)
  }
}
