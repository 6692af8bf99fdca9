import AdminHTTP
import Testing

@Suite("A request line")
struct RequestLineTests {
  private func outcome(of line: String) -> Outcome {
    AdminHTTPTests.outcome(line + "\r\nHost: a\r\n\r\n")
  }

  @Test(
    "has a method, a target and a version, separated by single spaces",
    arguments: [
      ("GET / HTTP/1.1", nil), ("get / HTTP/1.0", nil), ("M-SEARCH!#$%&'*+.^_`|~9 / HTTP/1.1", nil),
      ("GET  / HTTP/1.1", Status.badRequest), ("GET / HTTP/1.1 ", .badRequest),
      (" GET / HTTP/1.1", .badRequest),
      ("GET /  HTTP/1.1", .badRequest), ("GET /", .badRequest), ("GET\t/\tHTTP/1.1", .badRequest),
      ("GET", .badRequest), (" / HTTP/1.1", .badRequest), ("GE(T / HTTP/1.1", .badRequest),
      ("GÉT / HTTP/1.1", .badRequest), ("hello", .badRequest), ("GET / b HTTP/1.1", .badRequest),
      ("GET / HTTP/1.1\0", .badRequest), ("GET /\u{7F} HTTP/1.1", .badRequest),
    ])
  func form(line: String, status: Status?) {
    #expect(outcome(of: line).status == status)
  }

  @Test(
    "has a supported version",
    arguments: [
      ("HTTP/1.0", nil), ("HTTP/1.1", nil), ("HTTP/1.2", nil), ("HTTP/1.9", nil),
      ("HTTP/2.0", Status.httpVersionNotSupported),
      ("HTTP/0.9", .httpVersionNotSupported),
      ("HTTP/9.9", .httpVersionNotSupported), ("http/1.1", .badRequest), ("HTTP/1", .badRequest),
      ("HTTP/11", .badRequest), ("HTTP/1.10", .badRequest), ("HTTP/01.1", .badRequest),
      ("HTTP/a.b", .badRequest),
      ("HTTPS/1.1", .badRequest), ("HTTP/1,1", .badRequest), ("", .badRequest), ("HTTP/", .badRequest),
    ])
  func versions(version: String, status: Status?) {
    #expect(outcome(of: "GET / \(version)").status == status)
  }

  @Test("of a higher version 1.x counts as 1.1")
  func higherMinorVersion() throws {
    let request = try #require(outcome(of: "GET / HTTP/1.2").requests.first)
    #expect(request.version == .http11 && request.wantsKeepAlive)
    #expect(AdminHTTPTests.outcome("GET / HTTP/1.2\r\n\r\n").status == .badRequest)
  }

  @Test("of HTTP/2 with prior knowledge gets the supported versions")
  func http2() {
    #expect(AdminHTTPTests.outcome("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status == .httpVersionNotSupported)
  }

  @Test("of a TLS client is refused at its first byte")
  func tls() {
    #expect(AdminHTTPTests.outcome([0x16]).status == .badRequest)
  }

  @Test("has a limited length, its end included")
  func length() {
    let rest = "GET / HTTP/1.1\r\n".utf8.count
    let longest = "GET /\(String(repeating: "a", count: HTTPLimits.requestLineBytes - rest)) HTTP/1.1"
    #expect(outcome(of: longest).error == nil)
    let longer = longest.replacing("GET", with: "POST")
    #expect(outcome(of: longer).status == .uriTooLong)
    let endless = "G " + String(repeating: "a", count: HTTPLimits.requestLineBytes - 2)
    #expect(AdminHTTPTests.outcome(endless).error == nil)
    #expect(AdminHTTPTests.outcome(endless + "a").status == .uriTooLong)
  }

  @Test("may have the 8000 octets that RFC 9112 recommends")
  func recommendedLength() throws {
    let query = String(repeating: "a", count: 8000 - "GET /stats? HTTP/1.1".utf8.count)
    let request = try #require(outcome(of: "GET /stats?\(query) HTTP/1.1").requests.first)
    #expect(request.path == "/stats")
  }

  @Test("with a method that is too long is refused with 400, not 414")
  func endlessMethod() {
    let endless = String(repeating: "a", count: HTTPLimits.requestLineBytes)
    #expect(AdminHTTPTests.outcome(endless).error == nil)
    #expect(AdminHTTPTests.outcome(endless + " ").status == .badRequest)
    #expect(AdminHTTPTests.outcome(endless + " ", cuts: [endless.utf8.count]).status == .badRequest)
  }
}

@Suite("A request's target")
struct RequestTargetTests {
  @Test(
    "is a path, as it is written, and perhaps a query",
    arguments: [
      ("/", "/"), ("/stats", "/stats"), ("/stats?", "/stats"),
      ("/stats?a=1?/b", "/stats"),
      ("/%73tats", "/%73tats"), ("//stats", "//stats"), ("/../stats", "/../stats"),
      ("/:@!$&'()*+,;=-._~", "/:@!$&'()*+,;=-._~"),
    ])
  func originForm(target: String, path: String) throws {
    let request = try #require(outcome("GET \(target) HTTP/1.0\r\n\r\n").requests.first)
    #expect(request.path == path)
    #expect(request.host == nil)
  }

  @Test(
    "may be a URI, whose host takes precedence over the Host field",
    arguments: [
      ("http://example.org/stats?x", "/stats", "example.org"),
      ("HTTP://example.org", "/", "example.org"),
      ("http://example.org?x", "/", "example.org"), ("http://[::1]:80/a", "/a", "[::1]:80"),
    ])
  func absoluteForm(target: String, path: String, host: String) throws {
    let request = try #require(outcome("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n").requests.first)
    #expect(request.path == path)
    #expect(request.host == RequestHost(host))
  }

  @Test("has an asterisk as its target in an OPTIONS request")
  func asteriskForm() throws {
    let request = try #require(outcome("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n").requests.first)
    #expect(request.path == "*")
  }

  @Test(
    "is refused when it is anything else",
    arguments: [
      "*", "stats", "?a", "example.org:80", "https://example.org/", "http:/stats", "http:///stats", "http://",
      "http://user@example.org/", "http://example.org:99999/", "/%", "/%7", "/%7g", "/?%zz", "/a#b", "/\"",
      "/<",
      "/[", "/\\", "/é", "/\u{7F}", "/^", "/?|",
    ])
  func refusals(target: String) {
    #expect(outcome("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n").status == .badRequest)
  }
}
