import EchoCore
import Testing

@Suite("A JSON syntax error")
struct JSONSyntaxErrorTests {
  @Test(
    "says where it is, what was found and what was expected",
    arguments: [
      ("", "1:1: the text is empty; expected a value"),
      ("\u{FEFF}", "1:1: the text is empty; expected a value"),
      (" \n // x", "2:6: expected a value, found the end of the text"),
      ("[1, 2", "1:6: expected ',' or ']' after an element, found the end of the text"),
      ("[1 2]", "1:4: expected ',' or ']' after an element, found '2'"),
      ("[,]", "1:2: expected a value, found ','"), ("[1,,2]", "1:4: expected a value, found ','"),
      ("[1}", "1:3: expected ',' or ']' after an element, found '}'"),
      ("{,}", "1:2: expected a name in double quotes or '}', found ','"),
      ("{\n  \"a\": 1 x", "2:10: expected ',' or '}' after a member, found 'x'"),
      ("{\"a\": 1 \"b\": 2}", "1:9: expected ',' or '}' after a member, found a string"),
      ("{\"a\" 1}", "1:6: expected ':' after a name, found '1'"),
      ("{\"a\"}", "1:5: expected ':' after a name, found '}'"),
      ("{\"a\":}", "1:6: expected a value, found '}'"),
      ("{port: 1}", "1:2: expected a name in double quotes or '}', found 'port'"),
      ("{1: 1}", "1:2: expected a name in double quotes or '}', found '1'"),
      (
        "{'a': 1}",
        "1:2: expected a name in double quotes or '}', found a single quote; strings have double quotes"
      ),
      ("1 2", "1:3: expected the end of the text after the value, found '2'"),
      ("{} }", "1:4: expected the end of the text after the value, found '}'"),
      ("{\"port\": 1,\n \"port\": 2}", "2:2: \"port\" appears twice in this object"),
      ("{\"a\": 1, \"\\u0061\": 2}", "1:10: \"a\" appears twice in this object"),
    ])
  func structure(text: String, error: String) {
    expect(Array(text.utf8), error)
  }

  @Test(
    "refuses what other dialects allow",
    arguments: [
      ("'a'", "1:1: expected a value, found a single quote; strings have double quotes"),
      ("NaN", "1:1: expected a value, found 'NaN'"),
      ("-Infinity", "1:2: expected a digit after '-', found 'Infinity'"),
      ("True", "1:1: expected a value, found 'True'"), ("nul", "1:1: expected a value, found 'nul'"),
      ("trueish", "1:1: expected a value, found 'trueish'"),
      ("undefined", "1:1: expected a value, found 'undefined'"),
      ("0x1F", "1:2: expected the end of the text after the value, found 'x1F'"),
      ("+1", "1:1: expected a value, found '+'"), (".5", "1:1: expected a value, found '.'"),
      ("# no", "1:1: expected a value, found '#'"),
      ("[1;2]", "1:3: expected ',' or ']' after an element, found ';'"),
      ("[1,\u{A0}2]", "1:4: expected a value, found '\\u00A0'"),
      ("[\u{C}]", "1:2: expected a value, found '\\u000C'"),
      (
        "\"a\\\nb\"",
        "1:3: this is not an escape in JSON; its escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX"
      ),
    ])
  func dialects(text: String, error: String) {
    expect(Array(text.utf8), error)
  }

  @Test(
    "says what is wrong inside a number, a string or a comment",
    arguments: [
      ("01", "1:1: a number cannot have a leading zero"),
      ("[-00]", "1:2: a number cannot have a leading zero"),
      ("-", "1:2: expected a digit after '-', found the end of the text"),
      ("1.", "1:3: expected a digit after '.', found the end of the text"),
      ("1.x", "1:3: expected a digit after '.', found 'x'"),
      ("1e+", "1:4: expected a digit after an exponent's 'e', found the end of the text"),
      ("[1e999]", "1:2: the number is beyond the range of 64-bit floating point"),
      ("[-1e999]", "1:2: the number is beyond the range of 64-bit floating point"),
      ("[\"a", "1:2: the string that starts here is never closed"),
      ("[\"a\n\"]", "1:2: the string that starts here is not closed on its line"),
      ("\"a\tb\"", "1:3: the control character U+0009 appears unescaped in a string; write \\u0009"),
      ("\"a\0b\"", "1:3: the control character U+0000 appears unescaped in a string; write \\u0000"),
      (
        "\"\\",
        "1:2: this is not an escape in JSON; its escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX"
      ),
      (
        "\"\\x41\"",
        "1:2: this is not an escape in JSON; its escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX"
      ),
      ("\"\\u12g4\"", "1:2: \\u needs four hexadecimal digits"),
      ("\"\\u12", "1:2: \\u needs four hexadecimal digits"),
      ("\"\\ud83d\"", "1:2: half of a surrogate pair without the other half"),
      ("\"\\ude00\"", "1:2: half of a surrogate pair without the other half"),
      ("\"\\ud83d\\n\"", "1:2: half of a surrogate pair without the other half"),
      ("\"\\ud83d\\u0041\"", "1:2: half of a surrogate pair without the other half"),
      ("\"\\ud83d\\u00\"", "1:8: \\u needs four hexadecimal digits"),
      ("[1] /* *", "1:5: the comment that starts here is never closed with */"),
      ("[1] /*/", "1:5: the comment that starts here is never closed with */"),
      ("[1] / 2", "1:6: expected '/' or '*' after '/'; comments are // or /* */, found ' '"),
    ])
  func scalars(text: String, error: String) {
    expect(Array(text.utf8), error)
  }

  @Test(
    "counts characters and not bytes, and every kind of line end once",
    arguments: [
      ("[\"é世😀\" x", "1:8"), ("[\"e\u{301}\" x", "1:7"), ("\u{FEFF}x", "1:1"), ("\n\n  x", "3:3"),
      ("\r\n\r\n x", "3:2"), ("\r\r x", "3:2"), ("\n\r x", "3:2"), ("// \u{2028}\nx", "2:1"),
    ])
  func positions(text: String, position: String) throws {
    let error = try #require(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(text.utf8)) }
    #expect("\(error.line):\(error.column)" == position)
  }

  @Test(
    "points at the first byte that is not UTF-8",
    arguments: [
      ([0x22, 0x61, 0xFF, 0x22], "1:3: byte 0xFF is not valid UTF-8"),
      ([0x20, 0x0A, 0xC3], "2:1: byte 0xC3 is not valid UTF-8"),
      ([0xFF, 0xFE, 0x7B, 0x00], "1:1: byte 0xFF is not valid UTF-8"),
      ([0xEF, 0xBB], "1:1: byte 0xEF is not valid UTF-8"),
      ([0xEF, 0xBB, 0xBF, 0x80], "1:1: byte 0x80 is not valid UTF-8"),
      ([0x22, 0xC3, 0xA9, 0xED, 0xA0, 0x80, 0x22], "1:3: byte 0xED is not valid UTF-8"),
      ([0x22, 0xC0, 0x80, 0x22], "1:2: byte 0xC0 is not valid UTF-8"),
    ] as [([UInt8], String)])
  func encoding(bytes: [UInt8], error: String) {
    expect(bytes, error)
  }

  @Test("quotes only a short part of the text")
  func length() throws {
    let word = String(repeating: "x", count: 100_000)
    let error = try #require(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(word.utf8)) }
    #expect(error.message == "expected a value, found '\(String(repeating: "x", count: 60))…'")
  }

  private func expect(_ bytes: [UInt8], _ expected: String, at location: SourceLocation = #_sourceLocation) {
    let error = #expect(throws: JSONSyntaxError.self, sourceLocation: location) {
      try JSONValue(parsing: bytes)
    }
    #expect(error.map { "\($0.line):\($0.column): \($0.message)" } == expected, sourceLocation: location)
  }
}
