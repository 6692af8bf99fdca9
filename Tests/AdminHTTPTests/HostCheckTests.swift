import AdminHTTP
import EchoCore
import Testing

@Suite("The hosts that are answered for")
struct HostCheckTests {
  let router = Router(machineNames: ["Echo", "echo.example.org.", ""])

  @Test(
    "are IP literals, localhost and the machine's names",
    arguments: [
      "127.0.0.1", "192.0.2.1:8080", "[::1]:8080", "[2001:db8::1]", "localhost", "LOCALHOST:1", "localhost.",
      "echo",
      "ECHO:80", "echo.example.org", "echo.example.org.", "Echo.Example.Org:8080",
    ])
  func allowed(host: String) {
    #expect(router.respond(to: request("/", host: host), state: .running, snapshot: nil).status == .ok)
  }

  @Test(
    "are no others, so that no name of a stranger's reaches the daemon from a browser",
    arguments: [
      "evil.example", "localhost.evil.example", "echo.evil.example", "evil-localhost", "echo.example.org..",
      "127.0.0.1.evil.example", "127.0.0.1.", "localhos%74", ".", "example.org", "2130706433", "0x7f.1",
    ])
  func refused(host: String) {
    for path in ["/", "/stats", "/metrics", "/healthz", "/none"] {
      let request = request(path, host: host)
      #expect(!router.needsSnapshot(request))
      let response = router.respond(to: request, state: .running, snapshot: .example)
      #expect(response.status == .misdirectedRequest)
      #expect(String(decoding: response.content, as: UTF8.self).contains("DNS rebinding"))
    }
  }

  @Test("need not be named by HTTP/1.0")
  func unnamed() {
    #expect(
      router.respond(to: request("/", host: nil, version: .http10), state: .running, snapshot: nil).status
        == .ok)
  }
}
