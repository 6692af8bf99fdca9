@testable import AdminHTTP
import EchoCore
import Testing

/// The cases of the public suite h1spec, in our own words. Two of its 33 cases expect a POST to be accepted; a
/// read-only server answers it with 405.
@Suite("An HTTP/1.1 server")
struct ConformanceTests {
  private static let router = Router(answeringTo: .named(["example.com"]))

  /// The responses to everything that a client sends.
  private func statuses(_ text: String) -> [Int] {
    let outcome = outcome(text)
    let responses = outcome.requests.map { Self.router.respond(to: $0) }
    return (responses + (outcome.error.map { [Self.router.respond(to: $0)] } ?? [])).map(\.status.rawValue)
  }

  @Test("waits for the rest of a request, wherever it is cut off")
  func fragments() {
    let request = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for length in 0..<request.utf8.count {
      #expect(statuses(String(request.utf8.prefix(length)) ?? "") == [], "after \(length) bytes")
    }
    #expect(statuses(request) == [404])
  }

  @Test(
    "answers a valid request",
    arguments: [
      "Host: example.com\r\n", "hoSt:\texample.com\r\nempty:\r\n",
      "Host: example.com\r\nX-Empty-Header: \r\n",
      "Host: example.com\r\nExpect: 100-continue\r\n",
    ])
  func requests(fields: String) {
    #expect(statuses("GET / HTTP/1.1\r\n\(fields)\r\n") == [200])
  }

  @Test(
    "refuses an invalid request",
    arguments: [
      ("GET / \r\n\r\n", 400), ("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 400),
      ("GET / HTTP/9.9\r\nHost: example.com\r\n\r\n", 505),
      ("Extra lineGET / HTTP/1.1\r\nHost: example.com\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: example.com\r\n\rSome-Header: Test\r\n\r\n", 400),
    ])
  func refusals(text: String, status: Int) {
    #expect(statuses(text) == [status])
  }

  @Test(
    "refuses invalid or ambiguous fields",
    arguments: [
      "X-Invalid[]: test", "Host: example.org", "Content-Length: -123456789123456789123456789",
      "Content-Length: -1234", "Content-Length: abc", "X-Bad-Control-Char: test\u{7}",
    ])
  func fields(field: String) {
    #expect(statuses("GET / HTTP/1.1\r\nHost: example.com\r\n\(field)\r\n\r\n") == [400])
  }

  @Test(
    "reads content to its end, refuses POST, and answers the next request",
    arguments: [
      "Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\nc\r\nHellO world1\r\n0\r\n\r\n",
    ])
  func content(rest: String) {
    let next = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
    #expect(statuses("POST / HTTP/1.1\r\nHost: example.com\r\n\(rest)\(next)") == [405, 200])
    #expect(statuses("GET / HTTP/1.1\r\nHost: example.com\r\n\(rest)\(next)") == [200, 200])
  }

  @Test("refuses content with both a length and chunks, however the fields are written")
  func conflict() {
    let text =
      "POST / HTTP/1.1\r\nHost: example.com\r\ncontent-LengtH: 5\r\nTransFer-Encoding: chunked\r\n\r\n"
      + "c\r\nHellO world1\r\n0\r\n\r\n"
    #expect(statuses(text) == [400])
  }
}
