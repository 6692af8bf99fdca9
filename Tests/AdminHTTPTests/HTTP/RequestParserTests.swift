import AdminHTTP
import Testing

@Suite("A connection's requests")
struct RequestParserTests {
  /// Four requests with everything that may be between them, then an error.
  static let conversation =
    "\r\nGET /stats?a=1 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"
    + "POST / HTTP/1.1\nHost:\t[::1]:8080 \nContent-Length: 7\n\nab\r\n\r\nc\r\n"
    + "PUT /b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3;a\r\n\n\r\n\r\n0\r\nA: b\r\n\r\n"
    + "HEAD http://EXAMPLE.org HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"
    + "GET / HTTP/1.1\r\nHost : a\r\n\r\n"

  @Test("are read one after another")
  func pipelining() throws {
    let outcome = outcome(Self.conversation)
    #expect(outcome.requests.map(\.method) == ["GET", "POST", "PUT", "HEAD"])
    #expect(outcome.requests.map(\.path) == ["/stats", "/", "/b", "/"])
    #expect(outcome.requests.map(\.version) == [.http11, .http11, .http11, .http10])
    #expect(
      outcome.requests.map(\.host) == [
        RequestHost("localhost"), RequestHost("[::1]:8080"), RequestHost("localhost"),
        RequestHost("example.org"),
      ])
    #expect(outcome.status == .badRequest)
  }

  @Test("are the same wherever the bytes are split")
  func splits() {
    let whole = outcome(Self.conversation)
    for cut in 0...Self.conversation.utf8.count {
      #expect(outcome(Self.conversation, cuts: [cut]) == whole, "cut at \(cut)")
    }
    #expect(outcome(Self.conversation, cuts: Array(1..<Self.conversation.utf8.count)) == whole)
  }

  @Test(
    "end with the same error wherever the bytes are split",
    arguments: [
      "G\0T / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\rHost: a\r\n\r\n", "\r\n\r\nGET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nabc",
    ])
  func splitErrors(text: String) {
    let whole = outcome(text)
    #expect(whole.error != nil)
    #expect(outcome(text, cuts: Array(1..<text.utf8.count)) == whole)
  }

  @Test("are returned only when they are complete")
  func unfinished() {
    let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    for length in 0..<text.utf8.count {
      let outcome = outcome(Array(text.utf8.prefix(length)))
      #expect(outcome.requests.isEmpty && outcome.error == nil)
      #expect(outcome.isEmpty == (length == 0), "after \(length) bytes")
    }
    #expect(outcome(text).requests.count == 1)
    #expect(outcome(text).isEmpty)
  }

  @Test("may follow one empty line, but not two")
  func emptyLines() {
    let request = "GET / HTTP/1.0\r\n\r\n"
    #expect(outcome("\r\n" + request).requests.count == 1)
    #expect(outcome("\n" + request).requests.count == 1)
    #expect(outcome("\r\n\r\n" + request).status == .badRequest)
    #expect(outcome("\r\n").isEmpty)
  }

  @Test("end with the one that closes the connection")
  func lastRequest() {
    let last = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    let outcome = outcome(last + last + "\0", cuts: [10, last.utf8.count + 10])
    #expect(outcome.requests.count == 1)
    #expect(outcome.error == nil)
    #expect(outcome.isEmpty)
  }

  @Test("fail for good after an error")
  func errorsStay() {
    var parser = RequestParser()
    append("nonsense\r\n", to: &parser)
    #expect(throws: RequestError.self) { try parser.next() }
    append("GET / HTTP/1.0\r\n\r\n", to: &parser)
    #expect(throws: RequestError.self) { try parser.next() }
    #expect(!parser.isEmpty)
  }

  @Test("are refused when too much is appended without calling next()")
  func overflow() throws {
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    let held = HTTPLimits.requestBytes / request.utf8.count + 1
    var parser = RequestParser()
    append(String(repeating: request, count: held), to: &parser)
    append(request, to: &parser)
    for _ in 0..<held { #expect(try parser.next() != nil) }
    for _ in 0..<2 { #expect(throws: RequestError.self) { try parser.next() } }
  }

  @Test("may have lines that end with a line feed alone, as people type them")
  func lineFeeds() throws {
    let outcome = outcome("GET /stats HTTP/1.0\n\n")
    #expect(outcome.requests.map(\.path) == ["/stats"])
  }

  @Test("may be a thousand in one receive")
  func manyRequests() {
    let text = String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 1000)
    #expect(outcome(text).requests.count == 1000)
    #expect(
      outcome(text, cuts: Array(stride(from: 100, to: text.utf8.count, by: 100))).requests.count == 1000)
  }

  private func append(_ text: String, to parser: inout RequestParser) {
    Array(text.utf8).withUnsafeBytes { parser.append($0) }
  }
}
