import AdminHTTP
import EchoCore
import Testing

@Suite("/healthz")
struct HealthTests {
  private func answer(_ target: String, in state: LifeState = .running, finding: Finding? = nil) -> Received {
    Received(Router(answeringTo: .any).respond(to: request(target), in: state, finding: finding))
  }

  @Test(
    "is 200 while echod is serving, also for a listener whose queues answer",
    arguments: [
      (LifeState.running, "HTTP/1.1 200 OK", "ok\n"), (.reloading, "HTTP/1.1 200 OK", "ok\n"),
      (.starting, "HTTP/1.1 503 Service Unavailable", "starting\n"),
      (.stopping, "HTTP/1.1 503 Service Unavailable", "stopping\n"),
    ])
  func states(state: LifeState, statusLine: String, content: String) {
    for target in ["/healthz", "/healthz?listener=uppercase-udp", "/healthz?listener=uppercase%2Dudp"] {
      let answer = answer(target, in: state)
      #expect(answer.statusLine == statusLine)
      #expect(answer.content == content)
    }
  }

  @Test("is 503 for a listener whose queues do not answer")
  func silentListener() {
    let answer = answer("/healthz?listener=uppercase-udp", finding: .responsiveness(false))
    #expect(answer.statusLine == "HTTP/1.1 503 Service Unavailable")
    #expect(answer.content == "The listener has queues that do not answer.\n")
  }

  @Test("is 404 for an unknown name", arguments: ["nobody", "", "UPPERCASE-UDP"])
  func unknownListener(name: String) {
    let answer = answer("/healthz?listener=\(name)")
    #expect(answer.statusLine == "HTTP/1.1 404 Not Found")
    #expect(answer.content == "No listener has this name.\n")
  }

  @Test(
    "is 400 for a misspelled query, which would otherwise always look healthy", arguments: ["listner=a", "a"])
  func wrongQuery(query: String) {
    #expect(answer("/healthz?\(query)").statusLine == "HTTP/1.1 400 Bad Request")
  }
}
