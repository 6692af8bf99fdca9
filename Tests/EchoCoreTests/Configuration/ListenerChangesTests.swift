import Addresses
import Testing

@testable import EchoCore

@Suite("The changes to a listener's configuration")
struct ListenerChangesTests {
  private let listener = ListenerConfiguration(name: "a", transport: .tcp, address: .loopbackIPv4, port: 7)

  private func changes(_ change: (inout ListenerConfiguration) -> Void) -> [String]? {
    var newer = listener
    change(&newer)
    return listener.changes(to: newer)
  }

  @Test("are the keys whose values differ, in the order of the manual")
  func names() {
    #expect(changes { _ in } == [])
    #expect(changes { $0.maxConnections = 3 } == ["maxConnections"])
    #expect(
      changes { ($0.closeAfterReply, $0.backlog, $0.allow) = (true, 1, []) } == [
        "allow", "backlog", "closeAfterReply",
      ])
    #expect(
      changes { ($0.proxyProtocol, $0.impair) = (ProxyProtocol(from: []), Impairment()) }
        == ["proxyProtocol", "impair"])
    #expect(changes { $0.busyPollMicroseconds = 1 } == ["busyPollMicroseconds"])
    // The other transport's keys follow `allow` too, but no file of a TCP listener has them.
    #expect(changes { ($0.allow, $0.rateLimit) = ([], .standard) } == ["allow"])
  }

  @Test("are nil if one of them needs new sockets or queues")
  func fixed() {
    #expect(changes { $0.name = "b" } == nil)
    #expect(changes { $0.transport = .udp } == nil)
    #expect(changes { $0.address = .anyIPv4 } == nil)
    #expect(changes { $0.zone = "eth0" } == nil)
    #expect(changes { $0.port = 8 } == nil)
    #expect(changes { $0.interface = "eth0" } == nil)
    #expect(changes { $0.freeBind = true } == nil)
    #expect(changes { $0.service = "discard" } == nil)
    #expect(changes { ($0.queues, $0.maxConnections) = (2, 3) } == nil)
  }
}
