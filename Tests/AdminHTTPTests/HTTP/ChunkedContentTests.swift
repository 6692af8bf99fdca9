import AdminHTTP
import Testing

@Suite("Content in chunks")
struct ChunkedContentTests {
  private static let head = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
  private static let next = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n"

  /// The outcome of parsing this content and a request after it.
  private func outcome(of content: String) -> Outcome {
    AdminHTTPTests.outcome(Self.head + content + Self.next)
  }

  @Test(
    "is read and discarded, and the next request follows",
    arguments: [
      "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
      "A\r\n0123456789\r\n0\r\n\r\n",
      "a\r\n0123456789\r\n000\r\n\r\n", "0000000005\r\nhello\r\n0\r\n\r\n",
      "4\r\n\r\n\r\n\r\n0\r\n\r\n", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "1\r\n\0\r\n0\r\n\r\n",
      "5;a\r\nhello\r\n0;b=c;d=\"e;f\"\r\n\r\n", "5 ; a\r\nhello\r\n0\t;b\r\n\r\n",
      "5;\r\nhello\r\n0\r\n\r\n",
      "5\r\nhello\r\n0\r\nA: b\r\nContent-Length: 7\r\nHost: b\r\n\r\n",
    ])
  func chunks(content: String) {
    let outcome = outcome(of: content)
    #expect(outcome.requests.map(\.path) == ["/a", "/b"])
    #expect(outcome.error == nil && outcome.isEmpty)
  }

  @Test(
    "is refused if its end is in doubt",
    arguments: [
      "\r\n", "x\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n",
      "5\t\r\nhello\r\n",
      "5 5\r\nhello\r\n", "5,5\r\nhello\r\n", ";a\r\n", "5\nhello\r\n", "5\rhello\r\n", "5\r\r\nhello\r\n",
      "5;\0\r\n",
      "5\r\nhello\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n",
      "5\r\nhell\r\n0\r\n\r\n", "5\r\nhello\r\n\r\n0\r\n\r\n", "0\r\n\n", "0\r\nA: b\n\r\n",
      "0\r\n A: b\r\n\r\n",
      "0\r\nA : b\r\n\r\n", "0\r\nA\r\n\r\n", "0\r\nA: b\0\r\n\r\n", "é\r\n", "\u{FF11}\r\na\r\n",
    ])
  func doubts(content: String) {
    let outcome = outcome(of: content)
    #expect(outcome.requests.isEmpty && outcome.status == .badRequest)
  }

  @Test(
    "has the same limit as content with a length, however large a chunk claims to be",
    arguments: [
      "1001\r\n", "FFFFFFFF\r\n", "7FFFFFFFFFFFFFFF\r\n", "8000000000000000\r\n", "FFFFFFFFFFFFFFFF\r\n",
      "10000000000000005\r\nhello\r\n", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\r\n",
    ])
  func size(line: String) {
    #expect(outcome(of: line).status == .contentTooLarge)
  }

  @Test("may come in chunks of one byte, but is limited in total")
  func bytes() {
    let chunks = String(repeating: "1\r\na\r\n", count: HTTPLimits.contentBytes)
    #expect(outcome(of: chunks + "0\r\n\r\n").requests.count == 2)
    #expect(outcome(of: chunks + "1\r\na\r\n0\r\n\r\n").status == .contentTooLarge)
    let whole = "1000\r\n\(String(repeating: "a", count: HTTPLimits.contentBytes))\r\n"
    #expect(outcome(of: whole + "0\r\n\r\n").requests.count == 2)
    #expect(outcome(of: whole + "1\r\na\r\n0\r\n\r\n").status == .contentTooLarge)
  }

  @Test("has limits on its extensions")
  func extensions() {
    func chunk(extensionBytes: Int) -> String {
      "1;\(String(repeating: "x", count: extensionBytes - 1))\r\na\r\n"
    }
    let longest = HTTPLimits.chunkLineBytes - "1\r\n".utf8.count
    #expect(outcome(of: chunk(extensionBytes: longest) + "0\r\n\r\n").requests.count == 2)
    #expect(outcome(of: chunk(extensionBytes: longest + 1) + "0\r\n\r\n").status == .badRequest)
    #expect(outcome(of: String(repeating: "0", count: HTTPLimits.chunkLineBytes)).status == .badRequest)
    let many = String(repeating: chunk(extensionBytes: longest), count: HTTPLimits.chunkedBytes / longest)
    #expect(outcome(of: many + "0\r\n\r\n").status == .contentTooLarge)
  }

  @Test("has the same limits on its trailer section as on a header section")
  func trailers() {
    let fields = String(repeating: "A: b\r\n", count: HTTPLimits.fields)
    #expect(outcome(of: "0\r\n\(fields)\r\n").requests.count == 2)
    #expect(outcome(of: "0\r\n\(fields)A: b\r\n\r\n").status == .requestHeaderFieldsTooLarge)
    let value = String(repeating: "b", count: HTTPLimits.headerSectionBytes - "A: \r\n\r\n".utf8.count)
    #expect(outcome(of: "0\r\nA: \(value)\r\n\r\n").requests.count == 2)
    #expect(outcome(of: "0\r\nA: \(value)b\r\n\r\n").status == .requestHeaderFieldsTooLarge)
  }

  @Test(
    "is read alike wherever its bytes are split",
    arguments: [
      "5;a=b\r\nhello\r\n1\r\n\n\r\n0\r\nA: b\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n",
      "5 \r\nhello\r\n", "0\r\nA : b\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n", "3\r\na\r\n\r\n0\r\n\r\n",
    ])
  func splits(content: String) {
    let text = Self.head + content + Self.next + Self.head + "0\r\n\r\n" + Self.next
    let whole = AdminHTTPTests.outcome(text)
    let length = text.utf8.count
    for first in 1..<length {
      #expect(AdminHTTPTests.outcome(text, cuts: [first]) == whole, "cut at \(first)")
      let second = min(first + 1, length)
      #expect(AdminHTTPTests.outcome(text, cuts: [first, second]) == whole, "cut around \(first)")
    }
    #expect(AdminHTTPTests.outcome(text, cuts: Array(1..<length)) == whole)
  }

  @Test("ends with its last line, and the request is not returned before")
  func unfinished() {
    let text = Array((Self.head + "5\r\nhello\r\n0\r\nA: b\r\n\r\n").utf8)
    for length in 1..<text.count {
      let outcome = AdminHTTPTests.outcome(Array(text.prefix(length)))
      #expect(outcome == Outcome(isEmpty: false), "after \(length) bytes")
    }
    #expect(AdminHTTPTests.outcome(text).requests.count == 1)
  }
}
