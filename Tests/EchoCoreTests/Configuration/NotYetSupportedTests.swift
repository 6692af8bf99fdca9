import EchoCore
import Testing

@Suite("What is not supported yet")
struct NotYetSupportedTests {
  @Test(
    "is refused where it is asked for",
    arguments: [
      (
        "tcp", "\"maxConnectionsPerClient\": 5",
        "maxConnectionsPerClient: this version cannot limit a client's connections yet; leave it out (the default is no "
          + "limit)"
      ),
      (
        "tcp", "\"idleTimeoutSeconds\": 60",
        "idleTimeoutSeconds: this version cannot time idle connections out yet; leave it out (the default is 0, never)"
      ),
    ])
  func refusals(transport: String, member: String, line: String) {
    let text = "{\"listeners\": [{\"transport\": \"\(transport)\", \"port\": 7, \(member)}]}"
    #expect(refusal(of: text) == ["e.json: listeners[0].\(line)"])
    #expect(refusal(of: text, refusesNotYetSupported: false) == [])
  }

  @Test(
    "is not refused where the default is written out, nor what has its effect",
    arguments: [
      ("tcp", "\"maxConnections\": 5, \"idleTimeoutSeconds\": 0"),
      ("tcp", "\"allow\": [\"0.0.0.0/0\", \"::/0\"]"),
      ("udp", "\"allow\": [\"10.1.0.0/16\", \"::1/128\"]"),
    ])
  func supported(transport: String, members: String) {
    #expect(
      refusal(of: "{\"listeners\": [{\"transport\": \"\(transport)\", \"port\": 7, \(members)}]}") == [])
  }
}
