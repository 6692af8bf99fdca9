import Testing

@testable import EchoCore

@Suite("The JSON parser")
struct JSONParserTests {
  @Test(
    "reads every kind of value",
    arguments: [
      ("null", JSONValue.null), ("true", .bool(true)), ("false", .bool(false)), ("\"a\"", .string("a")),
      ("[]", .array([])), ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])), ("{}", .object([])),
      ("{\"b\": 1, \"a\": {\"b\": 2}}", ["b": .integer(1), "a": ["b": .integer(2)]]),
      (" \t\r\n0 \t\r\n", .integer(0)),
    ] as [(String, JSONValue)])
  func values(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: Array(text.utf8)) == value)
  }

  @Test(
    "reads numbers, whole ones that fit as integers",
    arguments: [
      ("0", JSONValue.integer(0)), ("-0", .integer(0)), ("12000", .integer(12000)),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(0x1p63)), ("1.5", .number(1.5)), ("12000.0", .number(12000)),
      ("1.2e4", .number(12000)), ("1E+2", .number(100)), ("25e-1", .number(2.5)), ("1e-999", .number(0)),
    ] as [(String, JSONValue)])
  func numbers(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: Array(text.utf8)) == value)
  }

  @Test(
    "reads strings with their escapes",
    arguments: [
      (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u00E9""#, "Aéé"),
      (#""\ud83d\uDE00""#, "😀"), (#""\u0000""#, "\0"), (#""Grüße, 世界 😀""#, "Grüße, 世界 😀"),
      (#""// no /* comment""#, "// no /* comment"),
    ])
  func strings(text: String, value: String) throws {
    #expect(try JSONValue(parsing: Array(text.utf8)) == .string(value))
  }

  @Test(
    "ignores comments, trailing commas and a byte order mark",
    arguments: [
      "// one\n[1, 2]", "[1, // one\r\n2]", "[1, // one\r2]", "/* * / // */[1,2]/**/", "[1,2]//",
      "[1,2] // 世界",
      "[1,2,]", "[ /* a */ 1 /* b */ , /* c */ 2 /* d */ , /* e */ ]", "\u{FEFF}[1,2]",
    ])
  func dialect(text: String) throws {
    #expect(try JSONValue(parsing: Array(text.utf8)) == .array([.integer(1), .integer(2)]))
  }

  @Test("reads what the writer writes")
  func roundTrip() throws {
    let value: JSONValue = [
      "text": .string("\u{1}\"\\\n é 😀"), "list": .array([.null, .bool(true), .number(0.1), .integer(-1)]),
      "empty": [:],
    ]
    #expect(try JSONValue(parsing: Array(value.text().utf8)) == value)
  }

  @Test("reads a string of escapes as long as a file")
  func longString() throws {
    let text = "\"" + String(repeating: #"\ud83d\ude00"#, count: Limits.fileBytes / 12) + "\""
    let expected = String(repeating: "😀", count: Limits.fileBytes / 12)
    #expect(try JSONValue(parsing: Array(text.utf8)) == .string(expected))
  }

  @Test("takes names with different scalars for different names")
  func names() throws {
    let value = try JSONValue(parsing: Array("{\"\u{E9}\": 1, \"e\u{301}\": 2}".utf8))
    guard case .object(let members) = value else {
      Issue.record("no object")
      return
    }
    #expect(members.map(\.value) == [.integer(1), .integer(2)])
  }

  @Test("reads values nested as deep as the limit, and no deeper")
  func depth() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    _ = try JSONValue(parsing: nested(Limits.jsonDepth))
    let error = JSONSyntaxError(line: 1, column: 33, message: "values are nested more than 32 levels deep")
    #expect(throws: error) { try JSONValue(parsing: nested(Limits.jsonDepth + 1)) }
    #expect(throws: error) { try JSONValue(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)) }
    #expect(throws: JSONSyntaxError.self) {
      try JSONValue(parsing: Array(String(repeating: "{\"a\":", count: 100_000).utf8))
    }
  }
}
