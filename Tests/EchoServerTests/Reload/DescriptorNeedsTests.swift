@testable import EchoCore
@testable import EchoServer
import Testing
import TestSupport

@Suite("The descriptors that a configuration needs")
struct DescriptorNeedsTests {
  private func needs(_ listeners: [ListenerConfiguration], admin: Bool = false, leaving: Bool = false)
    -> DescriptorNeeds
  {
    let endpoint = AdminConfiguration(.tcp(address: .loopbackIPv4, port: 0))
    return DescriptorNeeds(
      of: Configuration(admin: admin ? endpoint : nil, drainSeconds: 1, listeners: listeners),
      isLeavingSockets: leaving, besides: 3)
  }

  @Test(
    "are those of its queues, one connection for each TCP listener, and one client of the admin socket"
  )
  func least() {
    #expect(needs([.test(.udp)]).leastLimit == 3 + 10 + 4)
    #expect(needs([.test(.udp) { $0.queues = 4 }]).leastLimit == 3 + 10 + 16)
    #expect(needs([.test(.tcp)]).leastLimit == 3 + 10 + 4 + 1)
    #expect(needs([.test(.udp)], admin: true).leastLimit == 3 + 10 + 8 + 4)
    #expect(needs([.test(.udp)], leaving: true).leastLimit == 3 + 10 + 8)
    let many = (0..<100).map { ListenerConfiguration.test(.tcp, name: "\($0)") }
    let least = needs(many, admin: true)
    #expect(least.connectionLimit(of: least.leastLimit) == 100)
    #expect(least.connectionLimit(of: least.leastLimit - 1) == 99)
  }

  @Test("are checked at startup and by a reload, which then changes nothing")
  func refusal() async throws {
    let (tcp, udp) = (ListenerConfiguration.test(.tcp), ListenerConfiguration.test(.udp))
    let least = ServerUnderTest.leastDescriptors
    let start = await #expect(throws: StartError.self) {
      try await ServerUnderTest.with([tcp], descriptorLimit: least - 1) { _ in }
    }
    #expect(start == .descriptors(least: least, limit: least - 1))
    try await ServerUnderTest.with([tcp], descriptorLimit: least) { echod in
      let before = try await echod.endpoint("tcp")
      let reload = await #expect(throws: StartError.self) { try await echod.apply([tcp, udp]) }
      #expect(reload == .descriptors(least: least + 4, limit: least))
      #expect(echod.server.state == .running)
      #expect(try await echod.endpoint("tcp") == before)
      let client = try await echod.connect("tcp")
      try await client.send(Array("hello".utf8))
      #expect(try await client.receive(exactly: 5) == Array("HELLO".utf8))
    }
  }
}
