@testable import AdminHTTP
import Testing

@Suite("The Accept field")
struct AcceptTests {
  private static let html = MediaType("text", "html", ["charset": "utf-8"])
  private static let metrics = MediaType(
    "application", "openmetrics-text", ["version": "1.0.0"], implying: ["escaping"])

  private func accept(_ values: String...) -> Accept { Accept(values.map { Array($0.utf8)[...] }) }

  @Test(
    "gives a media type the weight of the most specific range that contains it",
    arguments: [
      ("text/html", 1000), ("TEXT/Html", 1000), ("text/html;q=1", 1000), ("text/html;q=1.000", 1000),
      ("text/html;q=0", 0), ("text/html;q=0.", 0), ("text/html;q=0.5", 500), ("text/html ; Q=0.123", 123),
      ("text/plain", 0), ("text/*;q=0.3", 300), ("*/*;q=0.2", 200), ("image/*, */*;q=0.1", 100),
      ("*/*, text/*;q=0.3", 300), ("text/*, text/html;q=0.4", 400), ("text/html;q=0, */*", 0),
      ("text/html;charset=utf-8;q=0.6, text/html", 600),
      ("text/html;charset=\"UTF-8\";q=0.6, text/html", 600),
      ("text/html;charset=latin1;q=0.6, text/html;q=0.1", 100),
      ("*/*;charset=utf-8;q=0.6, text/html;q=0.1", 100),
      ("text/html;q=0.5;extension=1", 500), ("text/html;;q=0.5;", 500),
      ("text/html;q=0.1, text/html;q=0.2", 200),
      ("a/b;c=\",text/html;q=0.9\", */*;q=0.1", 100), ("a/b;c=\"\\\",text/html\", */*;q=0.1", 100),
    ])
  func quality(value: String, thousandths: Int) {
    #expect(accept(value).quality(of: Self.html) == thousandths)
  }

  @Test(
    "is read without its malformed members",
    arguments: [
      "text", "text/", "/html", "*/html", "*", "*; q=.2", "text/html;q=", "text/html;q=2",
      "text/html;q=1.001",
      "text/html;q=0.1234", "text/html;q=-1", "text/html;q=00", "text/html;q=1a", "text/html;level",
      "text/html;=1", "text/html;a =1", "text/html;a=\"b", "text/html;a=\"b\"c\"", "text/html;a=\"\\\"",
      "te xt/html",
      "text/html/html", "text/html;a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;i=1",
    ])
  func malformed(member: String) {
    #expect(accept(member).quality(of: Self.metrics) == 1000)
    #expect(accept("text/html;q=0.7, \(member)").quality(of: Self.html) == 700)
  }

  @Test("accepts everything if it is absent or empty", arguments: [[], [""], [" , ,"]])
  func absent(values: [String]) {
    let accept = Accept(values.map { Array($0.utf8)[...] })
    #expect(accept.quality(of: Self.html) == 1000)
    #expect(!accept.names(Self.html))
  }

  @Test("can be given more than once")
  func fields() {
    #expect(accept("a/b", "text/html;q=0.2").quality(of: Self.html) == 200)
  }

  @Test("has a limited number of members")
  func limit() {
    let others = String(repeating: "a/b,", count: Accept.rangeLimit - 1)
    #expect(accept(others + "text/html").names(Self.html))
    #expect(!accept(others + "a/b,text/html").names(Self.html))
  }

  @Test(
    "names a media type if no wildcard is needed to accept it",
    arguments: [
      ("text/html", true), ("text/html,application/xml;q=0.9,*/*;q=0.8", true), ("text/html;q=0.001", true),
      ("text/html;q=0", false), ("text/html;q=0, */*", false), ("text/*", false), ("*/*", false),
      ("a/b", false),
      ("text/html;level=1", false),
    ])
  func names(value: String, isNamed: Bool) {
    #expect(accept(value).names(Self.html) == isNamed)
  }

  @Test("can ask for any value of an implied parameter")
  func impliedParameter() {
    #expect(accept("application/openmetrics-text;escaping=allow-utf-8;version=1.0.0").names(Self.metrics))
    #expect(!accept("application/openmetrics-text;version=0.0.1").names(Self.metrics))
  }

  @Test("is part of a request")
  func request() {
    let outcome = outcome("GET / HTTP/1.1\r\nHost: a\r\naccept: a/b\r\nAccept: text/html;q=0.5\r\n\r\n")
    #expect(outcome.requests.first?.accept.quality(of: Self.html) == 500)
  }
}
