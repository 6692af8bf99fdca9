import Addresses
import EchoCore
import Testing

@testable import EchoServer

@Suite("The exposure of a listener")
struct ExposureTests {
  private func exposure(
    _ transport: Transport, on address: String, change: (inout ListenerConfiguration) -> Void = { _ in }
  ) -> Exposure? {
    let listener = ListenerConfiguration.test(transport, on: address, change: change)
    return Exposure(of: listener, boundTo: listener.address)
  }

  private static let everyone = ["0.0.0.0/0", "::/0"].compactMap { try? Prefix($0) }

  @Test("is not worth a word on loopback", arguments: ["127.0.0.1", "127.9.9.9", "::1"])
  func loopback(address: String) {
    #expect(exposure(.udp, on: address) { $0.allow = Self.everyone } == nil)
  }

  @Test(
    "is said of any other address: the networks that may use it", arguments: ["0.0.0.0", "::", "192.0.2.1"])
  func networks(address: String) throws {
    let usual = try #require(exposure(.udp, on: address))
    #expect(usual.level == .info)
    #expect(usual.text.hasPrefix("open to 127.0.0.0/8, 10.0.0.0/8, ") && usual.text.hasSuffix(", fc00::/7"))
  }

  @Test("is that of the address that is bound, whatever the configuration says")
  func boundAddress() throws {
    let (anywhere, loopback) = (try #require(IPAddress("0.0.0.0")), try #require(IPAddress("127.0.0.1")))
    #expect(Exposure(of: .test(.udp, on: "127.0.0.1"), boundTo: anywhere) != nil)
    #expect(Exposure(of: .test(.udp, on: "0.0.0.0"), boundTo: loopback) == nil)
  }

  @Test("names a dozen networks and counts the others")
  func many() throws {
    let networks = try (0..<20).map { try Prefix("10.0.\($0).0/24") }
    let found = try #require(exposure(.tcp, on: "::") { $0.allow = networks })
    #expect(found.text.hasSuffix(", 10.0.11.0/24 and 8 more"))
  }

  @Test("beyond private networks is a warning where a limit is missing")
  func warnings() throws {
    let udp = try #require(exposure(.udp, on: "::") { $0.allow = Self.everyone })
    #expect(udp.level == .warning)
    #expect(
      udp.text == "open to everyone (not only private networks), without rateLimit and totalRateLimit")
    let half = try #require(
      exposure(.udp, on: "::") { ($0.allow, $0.rateLimit) = (Self.everyone, .standard) })
    #expect(half.text == "open to everyone (not only private networks), without totalRateLimit")
    let tcp = try #require(
      exposure(.tcp, on: "::") { ($0.allow, $0.idleTimeoutSeconds) = (Self.everyone, 60) })
    #expect(tcp.text == "open to everyone (not only private networks), without maxConnectionsPerClient")
    let limited = try #require(
      exposure(.tcp, on: "::") {
        ($0.allow, $0.idleTimeoutSeconds, $0.maxConnectionsPerClient) = (Self.everyone, 60, 10)
      })
    #expect(limited.level == .info && limited.text == "open to everyone")
  }

  @Test("names the proxies, which alone can reach a listener that has some", arguments: ["127.0.0.1", "::"])
  func proxies(address: String) throws {
    let proxies = ProxyProtocol(from: [try Prefix("10.0.0.0/8"), try Prefix("fd00::/8")])
    let found = try #require(
      exposure(.udp, on: address) {
        ($0.proxyProtocol, $0.allow) = (proxies, [try? Prefix("192.0.2.0/24")].compactMap(\.self))
      })
    #expect(found.level == .info)
    #expect(found.text == "open to the proxies in 10.0.0.0/8, fd00::/8, for clients in 192.0.2.0/24")
    let wide = try #require(
      exposure(.tcp, on: address) { ($0.proxyProtocol, $0.allow) = (proxies, Self.everyone) })
    #expect(wide.level == .info && wide.text == "open to the proxies in 10.0.0.0/8, fd00::/8, for everyone")
  }

  @Test("is a warning where proxies beyond private networks have no limits, or anyone can be a proxy")
  func publicProxies() throws {
    let proxy = ProxyProtocol(from: [try Prefix("192.0.2.1/32")])
    let one = try #require(
      exposure(.tcp, on: "::") {
        ($0.proxyProtocol, $0.allow, $0.idleTimeoutSeconds) = (proxy, Self.everyone, 9)
      })
    #expect(one.level == .warning)
    #expect(
      one.text
        == "open to the proxies in 192.0.2.1/32 (not only private networks), without maxConnectionsPerClient, for everyone"
    )
    let any = try #require(
      exposure(.udp, on: "::") {
        ($0.proxyProtocol, $0.allow) = (ProxyProtocol(from: Self.everyone), Self.everyone)
        ($0.rateLimit, $0.totalRateLimit) = (.standard, .standardTotal)
      })
    #expect(any.level == .warning)
    #expect(any.text == "open to any proxy, for everyone; any peer can name any client")
    let local = try #require(
      exposure(.udp, on: "127.0.0.1") { $0.proxyProtocol = ProxyProtocol(from: Self.everyone) })
    #expect(local.level == .info && local.text.hasPrefix("open to any proxy, for clients in 127.0.0.0/8, "))
  }

  @Test("is a warning where clients on services' ports are answered")
  func lowPorts() async throws {
    let log = LogRecorder()
    try await ServerUnderTest.with([.test(.udp) { $0.answerLowPorts = true }, .test(.tcp)], log: log) { _ in }
    #expect(log.messages(with: "clients on ports below 1024 are answered").count == 1)
  }

  @Test("is in the log when the listener is served")
  func logged() async throws {
    let log = LogRecorder()
    try await ServerUnderTest.with([.test(.udp, name: "wide", on: "0.0.0.0"), .test(.tcp)], log: log) { _ in }
    let lines = log.messages(with: "open to ")
    #expect(lines.count == 1 && lines.first?.metadata["listener"] == "wide")
  }
}
