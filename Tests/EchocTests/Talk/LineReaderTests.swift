import SystemPackage
import Testing

@testable import echoc

@Suite("Lines of input")
struct LineReaderTests {
  @Test(
    "end with a newline or with the input",
    arguments: [
      ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("a\nb\n", ["a", "b"]),
      ("\n\na\n", ["", "", "a"]), ("a\r\nb\r\n", ["a\r", "b\r"]), ("a\u{0}b\n", ["a\u{0}b"]),
    ])
  func lines(input: String, expected: [String]) throws {
    let whole = expected.map { LineReader.Line.whole(Array($0.utf8)) }
    #expect(try lines(of: [Array(input.utf8)]) == whole)
    #expect(try lines(of: input.utf8.map { [$0] }) == whole)
  }

  @Test("are bytes, whether they are UTF-8 or not")
  func bytes() throws {
    let all = (UInt8.min...UInt8.max).filter { $0 != UInt8(ascii: "\n") }
    #expect(try lines(of: [all]) == [.whole(all)])
  }

  @Test(
    "are skipped when they are longer than the limit",
    arguments: [
      (["12345"], [LineReader.Line.whole(Array("12345".utf8))]), (["123456"], [.tooLong]),
      (["123456\n1\n"], [.tooLong, .whole([0x31])]), (["1234", "56\n", "1\n"], [.tooLong, .whole([0x31])]),
      (["123456", "7", "\n1"], [.tooLong, .whole([0x31])]), (["123456\n123456\n"], [.tooLong, .tooLong]),
    ])
  func limit(pieces: [String], expected: [LineReader.Line]) throws {
    #expect(try lines(of: pieces.map { Array($0.utf8) }, limit: 5) == expected)
  }

  @Test("end at the first end of input, even if a terminal would give more")
  func end() throws {
    #expect(try lines(of: [Array("a\nb".utf8), [], Array("c\n".utf8)]) == [.whole([0x61]), .whole([0x62])])
  }

  @Test("pass on the error of reading")
  func error() {
    var reader = LineReader(limit: 5) { _ throws(Errno) in throw .isDirectory }
    #expect(throws: Errno.isDirectory) { try reader.next() }
  }

  /// The lines of an input that comes in these pieces.
  private func lines(of pieces: [[UInt8]], limit: Int = 1000) throws -> [LineReader.Line] {
    var rest = pieces[...]
    var reader = LineReader(limit: limit) { buffer in
      guard let piece = rest.popFirst() else { return 0 }
      buffer.replaceSubrange(..<piece.count, with: piece)
      return piece.count
    }
    var lines: [LineReader.Line] = []
    while let line = try reader.next() { lines.append(line) }
    #expect(try reader.next() == nil)
    return lines
  }
}
