@testable import AdminHTTP
import EchoCore
import Synchronization
import Testing

@Suite("Responses that share a finding")
struct SharedResponsesTests {
  private static let router = Router(answeringTo: .any)

  @Test("are those that each request would get alone")
  func same() {
    var page = request("/")
    page.accept = Accept([Array("text/html".utf8)[...]])
    let requests = [
      request("/stats"), request("/stats", method: "HEAD"), request("/metrics"),
      request("/stats", wantsKeepAlive: false),
      request("/stats", version: .http10), page, request("/stats?other"),
    ]
    var responses = SharedResponses(state: .running, finding: .snapshot(.example))
    for request in requests + requests {
      let routed = Self.router.route(request)
      #expect(
        responses.response(to: routed) == routed.response(state: .running, finding: .snapshot(.example)))
    }
  }

  @Test("are made once")
  func once() {
    let counted = Counter()
    let routed = RoutedRequest(
      request("/"),
      .ofSnapshot { _ in
        counted.value.add(1, ordering: .relaxed)
        return Response(status: .ok, sentence: "ok")
      })
    var responses = SharedResponses(state: .running, finding: .snapshot(.example))
    for _ in 0..<3 { #expect(responses.response(to: routed).status == .ok) }
    #expect(counted.value.load(ordering: .relaxed) == 1)
  }

  private final class Counter: Sendable {
    let value = Atomic(0)
  }
}
