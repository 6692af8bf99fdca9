@testable import AdminHTTP
import Testing

@Suite("/")
struct IndexTests {
  private func answer(accepting accept: String?) -> Received {
    var request = request("/")
    request.accept = Accept(accept.map { [Array($0.utf8)[...]] } ?? [])
    return Received(Router(answeringTo: .any).respond(to: request))
  }

  @Test(
    "is the live page for a browser, with its policy",
    arguments: [
      "text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
      "TEXT/HTML;charset=utf-8;q=0.1",
    ])
  func browser(accept: String) {
    let answer = answer(accepting: accept)
    #expect(answer.fields["Content-Type"] == "text/html; charset=utf-8")
    #expect(answer.fields["Vary"] == "Accept")
    #expect(answer.fields["Content-Security-Policy"] == Page.contentSecurityPolicy)
    #expect(answer.fields["Referrer-Policy"] == "no-referrer")
    #expect(answer.content.hasPrefix("<!doctype html>"))
    #expect(answer.content.contains("uppercase-udp"))
  }

  @Test(
    "is the list of paths for everyone else",
    arguments: [nil, "", "*/*", "text/*", "application/json", "text/html;q=0, */*", "text/plain"])
  func others(accept: String?) {
    let answer = answer(accepting: accept)
    #expect(answer.fields["Content-Type"] == "text/plain; charset=utf-8")
    #expect(answer.fields["Vary"] == "Accept")
    #expect(answer.content.contains("\n/clients?listener=NAME[&limit=N]  the busiest clients"))
  }
}
