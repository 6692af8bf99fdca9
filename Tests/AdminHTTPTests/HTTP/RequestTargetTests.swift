import AdminHTTP
import Testing

@Suite("A request's target")
struct RequestTargetTests {
  @Test(
    "is a path and perhaps a query, as they are written",
    arguments: [
      ("/", "/", nil), ("/stats", "/stats", nil), ("/stats?", "/stats", ""),
      ("/stats?a=1?/b", "/stats", "a=1?/b"),
      ("/%73tats", "/%73tats", nil), ("//stats", "//stats", nil), ("/../stats", "/../stats", nil),
      ("/:@!$&'()*+,;=-._~", "/:@!$&'()*+,;=-._~", nil),
    ])
  func originForm(target: String, path: String, query: String?) throws {
    let request = try #require(outcome("GET \(target) HTTP/1.0\r\n\r\n").requests.first)
    #expect(request.target == RequestTarget(path: path, query: query))
    #expect(request.host == nil)
  }

  @Test(
    "may be a whole URI, whose host goes before the Host field",
    arguments: [
      ("http://example.org/stats?x", "/stats", "x", "example.org"),
      ("HTTP://example.org", "/", nil, "example.org"),
      ("http://example.org?x", "/", "x", "example.org"), ("http://[::1]:80/a", "/a", nil, "[::1]:80"),
    ])
  func absoluteForm(target: String, path: String, query: String?, host: String) throws {
    let request = try #require(outcome("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n").requests.first)
    #expect(request.target == RequestTarget(path: path, query: query))
    #expect(request.host == RequestHost(host))
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
