import Testing

@testable import EchoCore

@Suite("An excerpt")
struct ExcerptTests {
  @Test(
    "shows invisible characters as their codes",
    arguments: [
      ("plain", "plain"), ("Grüße 世界 😀", "Grüße 世界 😀"), ("a\nb\u{1B}[31m", "a\\u000Ab\\u001B[31m"),
      ("\u{7F}\u{85}\u{2028}\u{202E}\u{FEFF}", "\\u007F\\u0085\\u2028\\u202E\\uFEFF"),
      ("a\u{A0}b", "a\\u00A0b"),
      ("\u{301}", "\\u0301"), ("\u{E0001}", "\\uE0001"),
    ])
  func invisible(text: String, shown: String) {
    #expect(excerpt(text) == shown)
  }

  @Test("is cut after sixty characters")
  func cut() {
    let text = String(repeating: "a", count: 60)
    #expect(excerpt(text) == text)
    #expect(excerpt(text + "b") == text + "…")
  }

  @Test("shows the kind of a value")
  func values() {
    let values: [JSONValue] = [
      .null, .bool(true), .integer(-1), .number(1.5), .string("a\nb"), .array([]), .array([.null]), [:],
      ["a": .null],
    ]
    #expect(
      values.map(\.excerpt) == [
        "null", "true", "-1", "1.5", "the string \"a\\u000Ab\"", "an empty array", "an array",
        "an empty object",
        "an object",
      ])
  }
}
