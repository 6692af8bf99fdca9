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
      ("1.1", "Transfer-Encoding: gzip, chunked\r\n", .notImplemented),
      ("1.1", "Transfer-Encoding: xchunked\r\n", .notImplemented),
      ("1.1", "Transfer-Encoding: chunked;q=1\r\n", .notImplemented),
      ("1.1", "Transfer-Encoding: identity\r\n", .notImplemented),
      ("1.1", "Transfer-Encoding: chunked, gzip\r\n", .badRequest),
      ("1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", .badRequest),
      ("1.1", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", .badRequest),
      ("1.1", "Transfer-Encoding : chunked\r\n", .badRequest),
      ("1.1", "Transfer-Encoding:\u{B}chunked\r\n", .badRequest),
      ("1.1", "Transfer-Encoding: \r\n", .notImplemented),
      ("1.1", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .badRequest),
      ("1.0", "Transfer-Encoding: chunked\r\n", .badRequest),
    ])
  func framing(version: String, fields: String, status: Status) {
    #expect(outcome(of: "Host: a\r\n" + fields, "POST", version: version).status == status)
  }

  @Test(
    "may ask whether to send the content: the final response comes at once, and ends the connection",
    arguments: ["Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"])
  func asksFirst(framing: String) throws {
    for value in ["100-continue", "100-Continue", " 100-continue , 100-continue,"] {
      let outcome = outcome(of: "Host: a\r\nExpect: \(value)\r\n\(framing)", "POST")
      let request = try #require(outcome.requests.first)
      #expect(!request.wantsKeepAlive && outcome.error == nil)
    }
    // Content that is sent anyway is ignored, with everything after it.
    let text = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\(framing)\r\nabcGET / HTTP/1.1\r\n\r\n"
    #expect(AdminHTTPTests.outcome(text).requests.count == 1)
    #expect(AdminHTTPTests.outcome(text).error == nil)
  }

  @Test("have no effect with 100-continue if there is no content", arguments: ["", "Content-Length: 0\r\n"])
  func asksForNothing(framing: String) throws {
    let request = try #require(outcome(of: "Host: a\r\nExpect: 100-continue\r\n\(framing)").requests.first)
    #expect(request.wantsKeepAlive)
  }

  @Test("cannot expect anything else", arguments: ["200-ok", "100-continue, b", "100-continue;a=b", "\"\""])
  func otherExpectations(value: String) {
    let fields = "Host: a\r\nExpect: \(value)\r\nContent-Length: 3\r\n"
    #expect(outcome(of: fields, "POST").status == .expectationFailed)
    #expect(outcome(of: fields, "POST", version: "1.2").status == .expectationFailed)
  }

  @Test("have no effect with Expect in HTTP/1.0", arguments: ["100-continue", "200-ok"])
  func oldExpectations(value: String) {
    let text = "POST / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: \(value)\r\nContent-Length: 3\r\n\r\nabc"
    #expect(AdminHTTPTests.outcome(text + text).requests.count == 2)
  }

  @Test("of a HEAD request that is refused or late get a response without content")
  func head() {
    for rest in ["", "Host: a\r\nContent-Length: 3\r\n\r\n", "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n"]
    {
      var parser = RequestParser()
      Array("HEAD / HTTP/1.1\r\n\(rest)".utf8).withUnsafeBytes { parser.append($0) }
      #expect((try? parser.next()) == .some(.none))
      #expect(parser.timedOut.omitsContent)
      Array("\0\r\n\r\nx\r\n".utf8).withUnsafeBytes { parser.append($0) }
      let error = #expect(throws: RequestError.self) { while try parser.next() != nil {} }
      // Content with a length can contain any bytes.
      #expect(error?.omitsContent == true || rest.contains("Length"))
    }
    #expect(outcome(of: "", "HEAD").error?.omitsContent == true)
    for (line, expected) in [
      ("HEAD /%% HTTP/1.1", true), ("HEAD * HTTP/1.1", true), ("HEADER /%% HTTP/1.1", false),
    ] {
      #expect(AdminHTTPTests.outcome(line + "\r\n").error?.omitsContent == expected)
    }
    #expect(outcome(of: "", "GET").error?.omitsContent == false)
  }
}
