import Testing

/// Bytes as hexadecimal digits, in which `..` stands for any byte. Blanks separate fields.
struct HexPattern: ExpressibleByStringLiteral, CustomStringConvertible, Sendable {
  /// The bytes; `nil` for any.
  let bytes: [UInt8?]
  let description: String

  init(stringLiteral text: String) { self.init(text) }

  init(_ text: String) {
    let digits = Array(text.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") })
    precondition(digits.count.isMultiple(of: 2), "half a byte in \(text)")
    bytes = stride(from: 0, to: digits.count, by: 2).map { index in
      let pair = String(decoding: digits[index...index + 1], as: UTF8.self)
      if pair == ".." { return nil }
      guard let byte = UInt8(pair, radix: 16) else { preconditionFailure("\(pair) is not a byte") }
      return byte
    }
    description = text
  }

  /// The bytes of a pattern without `..`.
  var exact: [UInt8] { bytes.compactMap { $0 } }

  func matches(_ other: some Collection<UInt8>) -> Bool {
    bytes.count == other.count && zip(bytes, other).allSatisfy { $0 == nil || $0 == $1 }
  }

  static func + (left: HexPattern, right: HexPattern) -> HexPattern {
    HexPattern(left.description + " " + right.description)
  }
}

extension Collection<UInt8> {
  /// `0A FF`.
  var hex: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
  }

  /// The number that big-endian bytes at an offset mean.
  func number(at offset: Int, bytes count: Int) -> UInt64 {
    dropFirst(offset).prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// Expects bytes that match a pattern, and shows those that came.
func expect(
  _ bytes: [UInt8], are pattern: HexPattern, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    pattern.matches(bytes), "\(bytes.hex) instead of \(pattern)", sourceLocation: sourceLocation)
}
