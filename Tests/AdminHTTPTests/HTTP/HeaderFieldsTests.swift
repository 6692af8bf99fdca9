import AdminHTTP
import Testing

@Suite("A header section")
struct HeaderFieldsTests {
  private func outcome(of lines: String) -> Outcome {
    AdminHTTPTests.outcome("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")
  }

  @Test(
    "has a name, a colon and a value on each line",
    arguments: [
      ("A: b\r\n", nil), ("A:b\r\n", nil), ("A:\t b \t\r\n", nil), ("A:\r\n", nil), ("A: b\n", nil),
      ("A::\r\n", nil),
      ("A: caf\u{E9}\r\n", nil), ("!#$%&'*+-.^_`|~9: b\r\n", nil), ("A: b\tc\r\n", nil),
      ("A: b\r\nA: b\r\n", nil),
      ("A\r\n", Status.badRequest), (": b\r\n", .badRequest), ("A : b\r\n", .badRequest),
      ("A\t: b\r\n", .badRequest), ("A B: c\r\n", .badRequest), ("A(: b\r\n", .badRequest),
      ("Å: b\r\n", .badRequest), ("A: b\r\n c\r\n", .badRequest), ("A: b\r\n\tc\r\n", .badRequest),
      (" A: b\r\n", .badRequest), ("A: b\0c\r\n", .badRequest), ("A: b\u{1}\r\n", .badRequest),
      ("A: b\u{7F}\r\n", .badRequest), ("A: b\rc\r\n", .badRequest), ("A: b\r\r\n", .badRequest),
    ])
  func form(lines: String, status: Status?) {
    #expect(outcome(of: lines).status == status)
  }

  @Test(
    "that is refused has a reason",
    arguments: [
      ("A: b\r\n c: d\r\n", "white space"), ("A\r\n", "no colon"), ("A : b\r\n", "not a token"),
      ("A: b\rc\r\n", "carriage return"), ("A: \0\r\n", "control character"),
    ])
  func reasons(lines: String, words: String) {
    #expect(outcome(of: lines).error?.reason.contains(words) == true)
  }

  @Test("has a limited number of fields")
  func count() {
    let fields = String(repeating: "A: b\r\n", count: HTTPLimits.fields - 1)
    #expect(outcome(of: fields).error == nil)
    #expect(outcome(of: fields + "A: b\r\n").status == .requestHeaderFieldsTooLarge)
  }

  @Test("has a limited length, the empty line included")
  func length() {
    let rest = "Host: a\r\nA: \r\n\r\n".utf8.count
    let value = String(repeating: "b", count: HTTPLimits.headerSectionBytes - rest)
    #expect(outcome(of: "A: \(value)\r\n").error == nil)
    #expect(outcome(of: "A: \(value)b\r\n").status == .requestHeaderFieldsTooLarge)
    let lines = String(repeating: "A: \(String(repeating: "b", count: 1000))\r\n", count: 9)
    #expect(outcome(of: lines).status == .requestHeaderFieldsTooLarge)
  }

  @Test("that never ends is refused at its limit")
  func endless() {
    let head = "GET / HTTP/1.1\r\nA: "
    let value = String(repeating: "b", count: HTTPLimits.headerSectionBytes - 3)
    #expect(AdminHTTPTests.outcome(head + value).error == nil)
    #expect(AdminHTTPTests.outcome(head + value + "b").status == .requestHeaderFieldsTooLarge)
  }
}
