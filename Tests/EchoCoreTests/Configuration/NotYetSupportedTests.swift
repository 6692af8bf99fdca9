import EchoCore
import Testing

@Suite("What is not supported yet")
struct NotYetSupportedTests {
  @Test(
    "is refused where it is asked for",
    arguments: [
      (
        "udp", "\"allow\": [\"0.0.0.0/0\", \"::/0\"]",
        "allow: this version cannot keep an access list yet; leave it out (the default is loopback, link-local and "
          + "private networks)"
      ),
      (
        "udp", "\"rateLimit\": {\"perSecond\": 1, \"burst\": 1}",
        "rateLimit: this version cannot limit rates yet; leave it out (the default is no limit)"
      ),
      (
        "tcp", "\"maxConnections\": 9999",
        "maxConnections: this version cannot limit connections to another number yet; leave it out (the default is 10000)"
      ),
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

  @Test("is not refused where the default is written out")
  func defaults() {
    let allow = ListenerConfiguration.privateNetworks.reversed().map { "\"\($0)\"" }.joined(separator: ",")
    #expect(
      refusal(
        of: """
          {"listeners": [{"transport": "tcp", "port": 7, "allow": [\(allow)], "maxConnections": 1e4,
           "idleTimeoutSeconds": 0}]}
          """) == [])
  }
}
