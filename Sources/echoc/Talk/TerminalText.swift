import EchoCore

/// A server's bytes as text that cannot control the terminal that shows it.
///
/// UTF-8 text in any language stays as it is. These are replaced:
///
/// - control characters, which begin terminal commands (C0, DEL and C1; see console_codes(4)), by `\u001B`. Tabs and
///   newlines stay, as with cat(1) -v;
/// - bytes that are not UTF-8, by `\x9B`: a terminal can take one for a C1 character;
/// - line and paragraph separators, as in ls(1), and characters that embed, override or isolate the direction of text,
///   which gcc(1) warns about (-Wbidi-chars): they can make a line look like another one. Right-to-left text does not
///   need them.
///
/// A backslash stays as it is, so the replacement cannot be reversed.
enum TerminalText {
  /// The bytes with everything replaced that could control a terminal.
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
