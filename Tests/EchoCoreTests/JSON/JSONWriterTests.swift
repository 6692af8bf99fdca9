import EchoCore
import Testing

@Suite("The JSON writer")
struct JSONWriterTests {
  @Test(
    "writes every kind of value",
    arguments: [
      (JSONValue.null, "null"), (.bool(true), "true"), (.bool(false), "false"), (.integer(0), "0"),
      (.integer(.max), "9223372036854775807"), (.integer(.min), "-9223372036854775808"),
      (.number(12.3), "12.3"), (.number(-0.5), "-0.5"), (.number(1e300), "1e+300"),
      (.string(""), #""""#), (.array([]), "[]"), ([:], "{}"),
      (.array([.integer(1), .array([.null])]), "[\n  1,\n  [\n    null\n  ]\n]"),
      (["b": .integer(1), "a": ["c": .array([])]], "{\n  \"b\": 1,\n  \"a\": {\n    \"c\": []\n  }\n}"),
    ] as [(JSONValue, String)])
  func values(value: JSONValue, text: String) {
    #expect(value.text() == text)
  }

  @Test("writes null for numbers that JSON does not have", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(number: Double) {
    #expect(JSONValue.number(number).text() == "null")
  }

  @Test(
    "escapes what a string cannot contain, and nothing else",
    arguments: [
      ("\"\\", #""\"\\""#), ("\n\r\t", #""\n\r\t""#),
      ("\0\u{1}\u{8}\u{C}\u{1F}", #""\u0000\u0001\u0008\u000c\u001f""#),
      ("/ \u{7F}é世😀\u{301}", "\"/ \u{7F}é世😀\u{301}\""), ("\r\n", #""\r\n""#),
    ])
  func strings(string: String, text: String) {
    #expect(JSONValue.string(string).text() == text)
    #expect(JSONValue.object([.init(string, .null)]).text() == "{\n  \(text): null\n}")
  }

  @Test("writes a line for each member and element")
  func layout() {
    let value: JSONValue = ["a": .array([.integer(1), ["b": .null]]), "c": [:], "d": .array([])]
    let text = """
      {
        "a": [
          1,
          {
            "b": null
          }
        ],
        "c": {},
        "d": []
      }
      """
    #expect(value.text() == text)
  }

  @Test("writes a value in one line, without spaces")
  func line() throws {
    let value: JSONValue = ["a": .array([.integer(1), ["b c": .null]]), "c": [:], "d": .string("x y\n")]
    #expect(value.line() == #"{"a":[1,{"b c":null}],"c":{},"d":"x y\n"}"#)
    #expect(try JSONValue(parsing: Array(value.line().utf8)) == value)
  }
}
