/// Where and why ``JSONValue/init(parsing:)`` cannot read a text.
public struct JSONSyntaxError: Error, Hashable, Sendable {
  /// The line, from 1; LF, CR and CRLF end one.
  public var line: Int
  /// The Unicode scalar in that line, from 1; a byte order mark is not counted.
  public var column: Int
  /// What was found and what was expected: one line.
  public var message: String
}

extension JSONSyntaxError {
  /// Makes an error at an offset of the text. Lines and columns are counted only then.
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
