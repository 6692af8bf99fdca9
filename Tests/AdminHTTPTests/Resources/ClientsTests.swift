import Addresses
import AdminHTTP
import EchoCore
import Testing

@Suite("The document at /clients")
struct ClientsTests {
  private func answer(_ query: String, finding: Finding? = nil) -> Received {
    Received(Router(answeringTo: .any).respond(to: request("/clients?\(query)"), finding: finding))
  }

  private func clients(_ count: Int) -> Finding {
    .clients(
      (0..<count).map {
        ClientActivity(
          client: Endpoint(address: .loopbackIPv4, port: UInt16(4000 + $0)), messages: 7, bytes: .max,
          silentMilliseconds: 1234)
      })
  }

  @Test("has the members of the contract, in their order")
  func shape() {
    let answer = answer("listener=uppercase-udp", finding: clients(1))
    #expect(answer.fields["Content-Type"] == "application/json")
    #expect(
      answer.content == """
        {
          "listener": "uppercase-udp",
          "clients": [
            {
              "client": "127.0.0.1:4000",
              "messages": 7,
              "bytes": 1.8446744073709552e+19,
              "lastSeenSeconds": 1.234
            }
          ]
        }

        """)
  }

  @Test(
    "has 20 clients, or as many as the limit", arguments: [("", 20), ("&limit=1", 1), ("&limit=1000", 25)])
  func limit(limit: String, count: Int) {
    let content = answer("listener=uppercase-udp\(limit)", finding: clients(25)).content
    #expect(content.split(separator: "\"client\":").count - 1 == count)
  }

  @Test(
    "is refused without a listener, or with a wrong limit",
    arguments: ["", "limit=1", "listener=a&limit=0", "listener=a&limit=1001"])
  func wrongQuery(query: String) {
    #expect(answer(query).statusLine == "HTTP/1.1 400 Bad Request")
  }

  @Test("does not exist for an unknown listener")
  func unknownListener() {
    #expect(answer("listener=nobody").statusLine == "HTTP/1.1 404 Not Found")
  }

  @Test("is not available while a queue does not answer")
  func silentListener() {
    let answer = answer("listener=uppercase-udp", finding: .clients(nil))
    #expect(answer.statusLine == "HTTP/1.1 503 Service Unavailable")
  }
}
