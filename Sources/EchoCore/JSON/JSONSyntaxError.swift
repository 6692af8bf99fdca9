/// Why and where a text is not the JSON that ``JSONValue/init(parsing:)`` reads.
public struct JSONSyntaxError: Error, Hashable, Sendable {
  /// The line, from 1; LF, CR and CRLF end one.
  public var line: Int
  /// The character in that line, from 1; a character is a Unicode scalar, and a byte order mark is none.
  public var column: Int
  /// What was found and what was expected: one line.
  public var message: String
}

extension JSONSyntaxError {
  /// Makes an error at an offset of the text, counting lines and columns only now: a right text never pays for them.
  init(at offset: Int, of bytes: some Collection<UInt8>, _ message: String) {
    var line = 1
    var column = 1
    var previous: UInt8 = 0
    for byte in bytes.prefix(offset) {
      switch byte {
      case UInt8(ascii: "\n") where previous == UInt8(ascii: "\r"): break
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): (line, column) = (line + 1, 1)
      // The bytes after a scalar's first are 10xxxxxx (RFC 3629, section 3).
      case 0x80...0xBF: break
      default: column += 1
      }
      previous = byte
    }
    self.init(line: line, column: column, message: message)
  }
}
