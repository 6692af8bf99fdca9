@testable import AdminHTTP
import EchoCore
import Testing

@Suite("The admin socket")
struct RouterTests {
  let router = Router(answeringTo: .named([]))

  private func answer(_ request: Request, state: LifeState = .running) -> Received {
    Received(router.respond(to: request, in: state))
  }

  @Test(
    "shows statistics, metrics, health and an index",
    arguments: [
      ("/stats", "application/json", "{\n  \"version\""),
      ("/metrics", "text/plain; version=0.0.4; charset=utf-8", "# HELP echod_build_info"),
      ("/healthz", "text/plain; charset=utf-8", "ok\n"),
      ("/", "text/plain; charset=utf-8", "echod \(echodVersion)\n"),
    ])
  func resources(path: String, type: String, beginning: String) {
    let answer = answer(request(path))
    #expect(answer.statusLine == "HTTP/1.1 200 OK")
    #expect(answer.fields["Content-Type"] == type)
    #expect(answer.content.hasPrefix(beginning))
  }

  @Test(
    "answers HEAD as GET, without the content", arguments: targets() + ["/none"])
  func head(path: String) {
    let (get, head) = (answer(request(path)), answer(request(path, method: "HEAD")))
    #expect(head.statusLine == get.statusLine)
    #expect(head.fields == get.fields)
    #expect(head.fields["Content-Length"] == "\(get.content.utf8.count)")
    #expect(head.content.isEmpty && !get.content.isEmpty)
  }

  @Test("lists all resources at /", arguments: Resource.all.map(\.path).filter { $0 != "/" })
  func index(path: String) {
    #expect(answer(request("/")).content.contains("\n\(path)"))
  }

  @Test(
    "has no other resource",
    arguments: ["/stat", "/stats/", "/Stats", "//stats", "/%73tats", "/favicon.ico"])
  func notFound(path: String) {
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
      #expect(answer(request(path, method: method)).statusLine == "HTTP/1.1 404 Not Found")
    }
  }

  @Test("can only be read", arguments: ["POST", "PUT", "DELETE", "options", "TRACE", "get", "BREW"])
  func methods(method: String) {
    for path in Resource.all.map(\.path) {
      let answer = answer(request(path, method: method))
      #expect(answer.statusLine == "HTTP/1.1 405 Method Not Allowed")
      #expect(answer.fields["Allow"] == "GET, HEAD, OPTIONS")
    }
  }

  @Test("says which methods there are", arguments: Resource.all.map(\.path) + ["*"])
  func options(path: String) {
    let answer = answer(request(path, method: "OPTIONS"))
    #expect(answer.statusLine == "HTTP/1.1 204 No Content")
    #expect(answer.fields["Allow"] == "GET, HEAD, OPTIONS")
    #expect(answer.fields["Content-Length"] == nil && answer.fields["Content-Type"] == nil)
    #expect(answer.content.isEmpty)
  }

  @Test(
    "asks the daemon only for what a response needs",
    arguments: [
      ("GET", "/stats", .snapshot(includesProcess: false)),
      ("HEAD", "/metrics", .snapshot(includesProcess: true)), ("GET", "/healthz", nil),
      ("GET", "/", nil),
      ("GET", "/none", nil), ("POST", "/stats", nil),
      ("GET", "/healthz?listener=a", .responsiveness(listener: "a")),
      ("GET", "/clients?listener=a", .clients(listener: "a")), ("OPTIONS", "/clients", nil),
    ] as [(String, String, Inquiry?)])
  func inquiries(method: String, target: String, expected: Inquiry?) {
    #expect(router.route(request(target, method: method)).inquiry == expected)
  }

  @Test("responds with 503 when there is no finding", arguments: ["/stats", "/metrics"])
  func noFinding(path: String) {
    let response = router.route(request(path)).response(state: .running)
    #expect(response.status == .serviceUnavailable)
  }

  @Test(
    "keeps the connection as the client wants it",
    arguments: [
      (HTTPVersion.http11, true, Response.Connection.persistent), (.http11, false, .close),
      (.http10, true, .keepAlive), (.http10, false, .close),
    ])
  func connection(version: HTTPVersion, wantsKeepAlive: Bool, expected: Response.Connection) {
    for path in ["/", "/none"] {
      let request = request(path, version: version, wantsKeepAlive: wantsKeepAlive)
      #expect(router.respond(to: request).connection == expected)
    }
  }

  @Test(
    "answers an error with its sentence and closes",
    arguments: [
      RequestError(status: .badRequest, reason: "That is no HTTP."), RequestParser().timedOut,
    ])
  func errors(error: RequestError) {
    let answer = Received(router.respond(to: error))
    #expect(answer.statusLine == "HTTP/1.1 \(error.status.rawValue) \(error.status.phrase)")
    #expect(answer.fields["Connection"] == "close")
    #expect(answer.content == error.reason + "\n")
  }

  @Test("answers an error to HEAD without the sentence")
  func errorToHead() {
    var error = RequestParser().timedOut
    error.omitsContent = true
    #expect(Received(router.respond(to: error)).content.isEmpty)
  }

  @Test(
    "forbids caching and guessing the type of a response",
    arguments: targets() + ["/none"])
  func caution(path: String) {
    let fields = answer(request(path)).fields
    #expect(fields["Cache-Control"] == "no-store")
    #expect(fields["X-Content-Type-Options"] == "nosniff")
  }
}

@Suite("The hosts that are answered")
struct HostCheckTests {
  let router = Router(answeringTo: .named(["Echo", "echo.example.org.", ""]))

  @Test(
    "are IP literals, localhost and the given names",
    arguments: [
      "127.0.0.1", "192.0.2.1:8080", "[::1]:8080", "[2001:db8::1]", "localhost", "LOCALHOST:1", "localhost.",
      "ip6-localhost",
      "echo",
      "ECHO:80", "echo.example.org", "echo.example.org.", "Echo.Example.Org:8080",
    ])
  func allowed(host: String) {
    #expect(router.respond(to: request("/", host: host)).status == .ok)
  }

  @Test(
    "are no others, so that a browser cannot reach the daemon under a foreign name",
    arguments: [
      "evil.example", "localhost.evil.example", "echo.evil.example", "evil-localhost", "echo.example.org..",
      "127.0.0.1.evil.example", "127.0.0.1.", "localhos%74", ".", "example.org", "2130706433", "0x7f.1", "",
      ":8080",
    ])
  func refused(host: String) {
    for path in targets() + ["/none"] {
      let request = request(path, host: host)
      #expect(router.route(request).inquiry == nil)
      let response = router.respond(to: request)
      #expect(response.status == .misdirectedRequest)
      #expect(String(decoding: response.content, as: UTF8.self).contains("\"hosts\" of \"admin\""))
    }
  }

  @Test("are all, over a Unix socket", arguments: ["evil.example", "docker", "", "%2Frun%2Fechod.sock"])
  func any(host: String) {
    let router = Router(answeringTo: .any)
    #expect(router.respond(to: request("/", host: host)).status == .ok)
  }

  @Test("need not be named in HTTP/1.0")
  func unnamed() {
    #expect(router.respond(to: request("/", host: nil, version: .http10)).status == .ok)
  }
}
