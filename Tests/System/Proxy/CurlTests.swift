import Addresses
import Testing

@Suite("An identify listener that curl asks with --haproxy-protocol")
struct CurlTests {
  @Test("names curl, as its header does", arguments: ["127.0.0.1", "::1"])
  func identity(address: String) async throws {
    let file = """
      { "admin": { "port": 0 },
        "listeners": [{ "name": "l", "transport": "tcp", "address": "\(address)", "port": 0,
                        "service": "identify", "closeAfterReply": true,
                        "proxyProtocol": { "from": ["127.0.0.0/8", "::1/128"] } }] }
      """
    try await RunningDaemon.with(file) { daemon in
      let server = try daemon.endpoint(of: "l")
      let outcome = try await RunningProgram.run(
        "/usr/bin/curl",
        [
          "--silent", "--show-error", "--noproxy", "*", "--http0.9", "--haproxy-protocol",
          "http://\(server)/",
        ])
      #expect(outcome.ending == .exit(0), "\(outcome.errors)")
      let identity = try Identity(json: outcome.output)
      #expect(identity.from == identity.via && identity.to == "\(server)")
      #expect(identity.proxy == Identity.Proxy(version: 1, command: "PROXY"))
      #expect(try await daemon.figures(of: "l").dropped.total == 0)
    }
  }
}
