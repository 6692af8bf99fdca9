import Addresses
import EchoCore
import Testing

@testable import EchoServer

@Suite("The policy of a listener")
struct ListenerPolicyTests {
  private let listener = ListenerConfiguration.test(.udp)

  private func policy(_ listener: ListenerConfiguration, drawnSeed: UInt32 = 7) -> ListenerPolicy {
    ListenerPolicy(for: listener, process: ConnectionBudget(limit: 1), drawnSeed: drawnSeed)
  }

  private func impaired(seed: UInt32? = nil, loss: Double) -> ListenerConfiguration {
    listener.changed {
      var impairment = Impairment()
      (impairment.seed, impairment.lossPercent) = (seed, loss)
      $0.impair = impairment
    }
  }

  @Test("has no proxies and impairs nothing unless it is configured")
  func none() {
    let policy = policy(listener)
    #expect(policy.proxies == nil && policy.impairer == nil)
  }

  @Test("knows the proxies, including those that a reload names")
  func proxies() throws {
    let networks = [try Prefix("10.0.0.0/8"), try Prefix("192.0.2.0/24")]
    let proxied = listener.changed { $0.proxyProtocol = ProxyProtocol(from: [networks[0]]) }
    let other = listener.changed { $0.proxyProtocol = ProxyProtocol(from: [networks[1]]) }
    let (one, two) = (try #require(IPAddress("10.1.2.3")), try #require(IPAddress("192.0.2.9")))
    let first = try #require(policy(proxied).proxies)
    #expect(first.permits(one) && !first.permits(two))
    for policy in [policy(proxied).changed(to: other), policy(listener).changed(to: other)] {
      let proxies = try #require(policy.proxies)
      #expect(!proxies.permits(one) && proxies.permits(two))
    }
    #expect(policy(proxied).changed(to: listener).proxies == nil)
  }

  @Test("impairs as the newest configuration says, with the seed that was picked at the start")
  func impairers() {
    let first = policy(impaired(loss: 30))
    #expect(first.impairer?.seed == 7 && first.impairer?.impairment.lossPercent == 30)
    let second = first.changed(to: impaired(loss: 50))
    #expect(second.impairer?.seed == 7 && second.impairer?.impairment.lossPercent == 50)
    let third = second.changed(to: impaired(seed: 1, loss: 50))
    #expect(third.impairer?.seed == 1)
    let none = third.changed(to: listener)
    #expect(none.impairer == nil)
    #expect(none.changed(to: impaired(loss: 1)).impairer?.seed == 7)
  }
}
