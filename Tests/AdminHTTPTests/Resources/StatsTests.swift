import Addresses
import AdminHTTP
import EchoCore
import Testing

@Suite("The document at /stats")
struct StatsJSONTests {
  private func document(_ snapshot: Snapshot) -> String {
    Received(Router(answeringTo: .any).respond(to: request("/stats"), snapshot: snapshot)).content
  }

  @Test("has the members of the contract, in their order")
  func shape() {
    #expect(
      document(.example) == """
        {
          "version": "0.1.0",
          "state": "running",
          "startedAt": "2026-11-22T16:43:00Z",
          "uptimeSeconds": 12.3,
          "totals": {
            "messages": {
              "received": 3,
              "sent": 3
            },
            "bytes": {
              "received": 36,
              "sent": 36
            },
            "clients": {
              "current": 1,
              "total": 1
            },
            "dropped": 0
          },
          "restored": {
            "connections": 0,
            "sockets": 0,
            "lost": 0
          },
          "listeners": [
            {
              "name": "uppercase-udp",
              "transport": "udp",
              "address": "127.0.0.1",
              "port": 12000,
              "service": "uppercase",
              "messages": {
                "received": 3,
                "sent": 3
              },
              "bytes": {
                "received": 36,
                "sent": 36
              },
              "clients": {
                "current": 1,
                "total": 1
              },
              "dropped": {
                "total": 0,
                "denied": 0,
                "loopGuard": 0,
                "rateLimited": 0,
                "overLimit": 0,
                "sendFailed": 0,
                "receiveBufferFull": 0,
                "badProxyHeader": 0,
                "malformed": 0,
                "impaired": 0
              }
            }
          ]
        }

        """)
  }

  @Test(
    "marks a listener that is open to the public, or has queues that do not answer",
    arguments: [
      ("0.0.0.0", "0.0.0.0/0", 0, #"},"public":true}]"#),
      ("0.0.0.0", "10.0.0.0/8", 1, #"},"queuesNotAnswering":1}]"#),
      ("0.0.0.0", "0.0.0.0/0", 2, #"},"public":true,"queuesNotAnswering":2}]"#),
      ("127.0.0.1", "0.0.0.0/0", 0, #""impaired":0}}]"#),
    ])
  func marks(address: String, network: String, silentQueues: Int, end: String) throws {
    var snapshot = Snapshot.example
    snapshot.listeners[0].endpoint = Endpoint(address: try #require(IPAddress(address)), port: 7)
    snapshot.listeners[0].configuration.allow = [try Prefix(network)]
    snapshot.listeners[0].silentQueues = silentQueues
    #expect(document(snapshot).filter { !$0.isWhitespace }.hasSuffix(end + "}"))
  }

  @Test("says of a listener that impairs its replies what it did, after the other marks")
  func impaired() throws {
    var snapshot = Snapshot.example
    snapshot.listeners[0].configuration.impair = Impairment()
    snapshot.listeners[0].configuration.allow = [try Prefix("0.0.0.0/0")]
    snapshot.listeners[0].endpoint = Endpoint(address: try #require(IPAddress("0.0.0.0")), port: 7)
    snapshot.listeners[0].silentQueues = 1
    for kind in ImpairmentKind.allCases {
      snapshot.listeners[0].statistics[kind] = 31 + UInt64(kind.rawValue)
    }
    let kinds =
      #"{"lost":31,"delayed":32,"duplicated":33,"corrupted":34,"reordered":35,"closed":36,"reset":37}"#
    #expect(
      document(snapshot).filter { !$0.isWhitespace }
        .hasSuffix(#""public":true,"queuesNotAnswering":1,"impaired":\#(kinds)}]}"#))
  }

  @Test("shows every statistic where it belongs")
  func statistics() throws {
    var snapshot = Snapshot.example
    var statistics = Statistics()
    statistics[.messagesReceived] = 11
    statistics[.messagesSent] = 12
    statistics[.bytesReceived] = 13
    statistics[.bytesSent] = 14
    statistics[.clientsCurrent] = 15
    statistics[.clientsTotal] = 16
    for reason in DropReason.allCases { statistics[reason] = 21 + UInt64(reason.rawValue) }
    snapshot.totals = statistics
    snapshot.listeners[0].statistics = statistics
    let compact = String(document(snapshot).filter { !$0.isWhitespace })
    let counts =
      #""messages":{"received":11,"sent":12},"bytes":{"received":13,"sent":14},"clients":{"current":15,"total":16}"#
    #expect(compact.contains(#""totals":{\#(counts),"dropped":225}"#))
    let reasons = [
      #""denied":21,"loopGuard":22,"rateLimited":23,"overLimit":24,"sendFailed":25,"receiveBufferFull":26"#,
      #""badProxyHeader":27,"malformed":28,"impaired":29"#,
    ].joined(separator: ",")
    #expect(compact.contains(#""service":"uppercase",\#(counts),"dropped":{"total":225,\#(reasons)}}"#))
  }

  @Test("shows what a restart kept, and what it lost")
  func restored() {
    var snapshot = Snapshot.example
    snapshot.restored = Restored(connections: 5, sockets: 6, lost: 7)
    let compact = document(snapshot).filter { !$0.isWhitespace }
    let figures = #"{"connections":5,"sockets":6,"lost":7}"#
    #expect(compact.contains(#""dropped":0},"restored":\#(figures),"listeners":["#))
  }

  @Test("shows the sessions of a listener with the service stamp, and not among the totals")
  func sessions() {
    var snapshot = Snapshot.example
    snapshot.listeners[0].configuration.service = "stamp"
    snapshot.listeners[0].statistics[.sessionsCurrent] = 5
    snapshot.listeners[0].statistics[.sessionsTotal] = 7
    snapshot.totals = snapshot.listeners[0].statistics
    let parts = document(snapshot).filter { !$0.isWhitespace }.split(separator: #""sessions":"#)
    #expect(parts.count == 2)
    #expect(parts.first?.hasSuffix("},") == true)
    #expect(parts.last?.hasPrefix(#"{"current":5,"total":7},"dropped":{"total":"#) == true)
  }

  @Test("shows statistics of any size", arguments: [UInt64(Int.max), UInt64(Int.max) + 1, .max])
  func greatValues(value: UInt64) throws {
    var snapshot = Snapshot.example
    snapshot.totals[.bytesReceived] = value
    for reason in DropReason.allCases { snapshot.listeners[0].statistics[reason] = value }
    let text = document(snapshot)
    let prefix = try #require(text.firstRange(of: "\"bytes\": {\n      \"received\": "))
    let number = text[prefix.upperBound...].prefix { $0 != "," }
    #expect(Double(number) == Double(value))
  }

  @Test(
    "counts the uptime in milliseconds",
    arguments: [
      (0, "0.0"), (12.3, "12.3"), (0.0004, "0.0"), (1.23456, "1.235"), (86_400, "86400.0"),
      (.infinity, "0.0"),
      (.nan, "0.0"),
    ])
  func uptime(seconds: Double, expected: String) {
    var snapshot = Snapshot.example
    snapshot.uptimeSeconds = seconds
    #expect(document(snapshot).contains("\"uptimeSeconds\": \(expected),\n"))
  }

  @Test("has an empty list when there are no listeners")
  func noListeners() {
    var snapshot = Snapshot.example
    snapshot.listeners = []
    #expect(document(snapshot).hasSuffix("\"listeners\": []\n}\n"))
  }
}
