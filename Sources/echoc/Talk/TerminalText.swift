import EchoCore

/// A server's bytes, written so that they cannot control the terminal that shows them.
///
/// Text in UTF-8 stays as it is, whatever its language. These become visible:
///
/// - control characters, which begin the terminal's commands (C0, DEL and C1; see console_codes(4)), as `\u001B`. Tabs and
///   newlines stay, as cat(1) -v leaves them;
/// - bytes that are not UTF-8, as `\x9B`: a terminal can take one for a C1 character;
/// - line and paragraph separators, as ls(1) does, and what embeds, overrides or isolates the direction of text, as gcc(1)
///   warns of it (-Wbidi-chars): with these a line can look like another one. Right-to-left text does not need them.
///
/// A backslash stays as it is, so this is for reading and cannot be reversed.
enum TerminalText {
  /// The bytes as a terminal may show them.
  static func escaped(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var (input, parser, position) = (bytes.makeIterator(), Unicode.UTF8.ForwardParser(), 0)
    while true {
      switch parser.parseScalar(from: &input) {
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        if isCommand(scalar) {
          result += "\\u\(padded(scalar.value, to: 4, radix: 16))".utf8
        } else {
          result += encoded
        }
        position += encoded.count
      case .error(let length):
        for byte in bytes[position..<position + length] {
          result += "\\x\(padded(byte, to: 2, radix: 16))".utf8
        }
        position += length
      case .emptyInput: return result
      }
    }
  }

  private static func isCommand(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n": false
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": true
    case "\u{2028}", "\u{2029}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
    default: false
    }
  }
}
