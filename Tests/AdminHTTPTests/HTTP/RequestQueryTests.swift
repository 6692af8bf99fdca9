@testable import AdminHTTP
import Testing

@Suite("A query")
struct RequestQueryTests {
  private func query(_ text: String) throws(RequestError) -> RequestQuery {
    try RequestQuery(request("/?" + text), names: ["a", "bc"])
  }

  @Test(
    "has parameters with values",
    arguments: [
      ("", nil, nil), ("a=1", "1", nil), ("a=1&bc=2", "1", "2"), ("bc=&a", "", ""), ("&&bc=2&", nil, "2"),
      ("a=x=y", "x=y", nil), ("a=%61%2f%C3%A9", "a/é", nil), ("%61=+", "+", nil),
      ("a=%00%FF", "\0\u{FFFD}", nil),
    ] as [(String, String?, String?)])
  func parameters(text: String, a: String?, bc: String?) throws {
    let query = try query(text)
    #expect(query["a"] == a)
    #expect(query["bc"] == bc)
  }

  @Test(
    "is refused if it has an unknown parameter, or the same one twice",
    arguments: ["b=1", "A=1", "=1", "a=1&a=1", "a&%61"])
  func refusals(text: String) {
    let error = #expect(throws: RequestError.self) { try query(text) }
    #expect(error?.status == .badRequest)
  }

  @Test("is refused with the names of the known parameters")
  func advice() {
    let error = #expect(throws: RequestError.self) { try query("x=1") }
    #expect(error?.reason == "The query has an unknown parameter; the parameters here are: a, bc.")
  }

  @Test("has numbers in bounds", arguments: ["1", "007", "9"])
  func numbers(text: String) throws {
    #expect(try query("a=\(text)").number("a", in: 1...9, default: 5) == Int(text))
    #expect(try query("").number("a", in: 1...9, default: 5) == 5)
  }

  @Test(
    "refuses other numbers",
    arguments: ["0", "10", "", "-1", "%2B1", "1.0", "0x1", "1%20", "99999999999999999999", "%D9%A1"])
  func wrongNumbers(text: String) throws {
    let query = try query("a=\(text)")
    let error = #expect(throws: RequestError.self) { try query.number("a", in: 1...9, default: 5) }
    #expect(error?.reason == "a must be a number from 1 to 9.")
  }
}
