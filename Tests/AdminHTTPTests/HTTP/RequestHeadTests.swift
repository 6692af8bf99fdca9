import AdminHTTP
import Testing

@Suite("A request's fields")
struct RequestHeadTests {
  private func outcome(of fields: String, _ method: String = "GET", version: String = "1.1") -> Outcome {
    AdminHTTPTests.outcome("\(method) / HTTP/\(version)\r\n\(fields)\r\n")
  }

  @Test(
    "name one host, which HTTP/1.1 requires",
    arguments: [
      ("1.1", "Host: a\r\n", nil), ("1.1", "hOsT: a\r\n", nil), ("1.1", "", Status.badRequest),
      ("1.1", "Host: a\r\nHost: a\r\n", .badRequest), ("1.1", "Host:\r\n", nil),
      ("1.1", "Host: :80\r\n", nil),
      ("1.1", "Host: a b\r\n", .badRequest), ("1.1", "Host: a, b\r\n", .badRequest),
      ("1.0", "", nil), ("1.0", "Host: a\r\n", nil), ("1.0", "Host: a\r\nHost: b\r\n", .badRequest),
      ("1.0", "Host: @\r\n", .badRequest),
    ])
  func host(version: String, fields: String, status: Status?) {
    #expect(outcome(of: fields, version: version).status == status)
  }

  @Test("name a host even when the target does")
  func hostBesideTarget() {
    #expect(AdminHTTPTests.outcome("GET http://a/ HTTP/1.1\r\n\r\n").status == .badRequest)
    #expect(AdminHTTPTests.outcome("GET http://a/ HTTP/1.1\r\nHost: /\r\n\r\n").status == .badRequest)
  }

  @Test(
    "say whether the connection stays open",
    arguments: [
      ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.1", "Connection: CLOSE\r\n", false),
      ("1.1", "Connection: upgrade , close\r\n", false), ("1.1", "Connection: keep-alive, close\r\n", false),
      ("1.1", "Connection: keep-alive\r\nConnection: ,close,\r\n", false),
      ("1.1", "Connection: closed\r\n", true),
      ("1.0", "", false), ("1.0", "Connection: keep-alive\r\n", true),
      ("1.0", "Connection: Keep-Alive\r\n", true),
      ("1.0", "Connection: x,keep-alive\r\n", true), ("1.0", "Connection: keep-alive, close\r\n", false),
      ("1.0", "Connection: upgrade\r\n", false),
    ])
  func keepAlive(version: String, fields: String, expected: Bool) throws {
    let request = try #require(outcome(of: "Host: a\r\n" + fields, version: version).requests.first)
    #expect(request.wantsKeepAlive == expected)
  }

  @Test("say how much content is skipped")
  func content() {
    for length in [0, 1, HTTPLimits.contentBytes] {
      let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
      let content = String(repeating: "x", count: length)
      #expect(AdminHTTPTests.outcome(text + content + text + content).requests.count == 2)
    }
  }

  @Test(
    "are refused when they leave in doubt where the request ends",
    arguments: [
      ("1.1", "Content-Length: \(HTTPLimits.contentBytes + 1)\r\n", Status.contentTooLarge),
      ("1.1", "Content-Length: 99999999999999999999999\r\n", .contentTooLarge),
      ("1.1", "Content-Length: 5\r\nContent-Length: 6\r\n", .badRequest),
      ("1.1", "Content-Length: 5\r\nContent-Length: 5\r\n", .badRequest),
      ("1.1", "Content-Length: 5, 5\r\n", .badRequest), ("1.1", "Content-Length: -1\r\n", .badRequest),
      ("1.1", "Content-Length: +1\r\n", .badRequest), ("1.1", "Content-Length: 0x1\r\n", .badRequest),
      ("1.1", "Content-Length: 1 1\r\n", .badRequest), ("1.1", "Content-Length:\r\n", .badRequest),
      ("1.1", "Transfer-Encoding: chunked\r\n", .notImplemented),
      ("1.1", "Transfer-Encoding: \r\n", .notImplemented),
      ("1.1", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .badRequest),
      ("1.0", "Transfer-Encoding: chunked\r\n", .badRequest),
    ])
  func framing(version: String, fields: String, status: Status) {
    #expect(outcome(of: "Host: a\r\n" + fields, "POST", version: version).status == status)
  }

  @Test("cannot have Expect, because no content is used")
  func expectations() {
    let fields = "Host: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n"
    #expect(outcome(of: fields, "POST").status == .expectationFailed)
    // RFC 9110, section 10.1.1: an HTTP/1.0 client cannot mean it.
    #expect(AdminHTTPTests.outcome("POST / HTTP/1.0\r\n\(fields)\r\nabc").requests.count == 1)
  }

  @Test("that are refused are answered to HEAD without content")
  func head() {
    #expect(outcome(of: "", "HEAD").error?.omitsContent == true)
    #expect(outcome(of: "", "GET").error?.omitsContent == false)
  }
}
