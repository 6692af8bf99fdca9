import Addresses
@testable import EchoCore
import Testing

@testable import EchoServer

@Suite("The notice of an impaired listener")
struct ImpairmentNoticeTests {
  private static func impairment(_ change: (inout Impairment) -> Void) -> Impairment {
    var impairment = Impairment()
    change(&impairment)
    return impairment
  }

  private func text(_ change: (inout Impairment) -> Void) -> String? {
    ImpairmentNotice(of: Impairer(Self.impairment(change), drawnSeed: 17))?.text
  }

  @Test("says how replies are impaired, and with which seed")
  func effects() {
    #expect(ImpairmentNotice(of: nil) == nil)
    #expect(
      text { ($0.lossPercent, $0.delayMilliseconds, $0.jitterMilliseconds) = (30, 100, 20) }
        == "replies are impaired on purpose: 30% lost, delayed by 100 ms ± 20 ms; seed 17, picked at random"
    )
    #expect(
      text {
        ($0.seed, $0.duplicatePercent, $0.corruptPercent, $0.reorderPercent) = (5, 0.5, 0.001, 100)
        ($0.delayMilliseconds, $0.jitterMilliseconds) = (7, 0)
      }
        == "replies are impaired on purpose: 0.5% sent twice, 0.001% with a flipped bit, 100% sent ahead of others, "
        + "delayed by 7 ms; seed 5")
    #expect(
      text {
        ($0.seed, $0.bytesPerSecond, $0.closeAfterBytes, $0.resetAfterBytes, $0.sliceBytes) = (
          0, 10, 20, 30, 40
        )
      }
        == "replies are impaired on purpose: at most 10 bytes a second for each client, connections closed after 20 "
        + "bytes, connections reset after 30 bytes, sent in pieces of 40 bytes; seed 0")
  }

  @Test("says that an impairment has no effect")
  func nothing() {
    let sentence = "impair is set, but has no effect"
    #expect(text { _ in } == sentence)
    #expect(text { ($0.seed, $0.lossPercent, $0.delayMilliseconds) = (1, 0, 0) } == sentence)
  }

  @Test(
    "is in the log at the start, after each change, and when the impairment ends",
    arguments: Transport.allCases)
  func logged(transport: Transport) async throws {
    let log = LogRecorder()
    let listener = ListenerConfiguration.test(transport)
    func impaired(_ delay: Int) -> ListenerConfiguration {
      listener.changed { $0.impair = Self.impairment { $0.delayMilliseconds = delay } }
    }
    func lines() -> [String] { log.messages(with: "repl").filter { $0.level == .notice }.map(\.text) }
    func line(_ delay: Int) -> String {
      "replies are impaired on purpose: delayed by \(delay) ms; seed 99, picked at random"
    }
    try await ServerUnderTest.with([impaired(1)], drawnSeed: 99, log: log) { echod in
      #expect(lines() == [line(1)])
      try await echod.apply([impaired(2)])
      #expect(lines() == [line(1), line(2)])
      try await echod.apply([impaired(2).changed { $0.allow = [] }])
      #expect(lines() == [line(1), line(2)])
      try await echod.apply([listener])
      #expect(lines() == [line(1), line(2), ImpairmentNotice.end])
      // A listener with new queues has the same seed.
      try await echod.apply([impaired(3).changed { $0.queues = 2 }])
      #expect(lines() == [line(1), line(2), ImpairmentNotice.end, line(3)])
    }
    #expect(
      log.messages(with: "impaired on purpose").allSatisfy { $0.metadata["listener"] == "\(transport)" })
  }

  @Test("has another seed for each echod")
  func drawnSeeds() async throws {
    var seeds: Set<String> = []
    for _ in 0..<3 {
      let log = LogRecorder()
      let server = EchoServer(descriptorLimit: 4096, openDescriptors: 0, logger: log.logger)
      let listener = ListenerConfiguration.test(.udp) { $0.impair = Self.impairment { $0.lossPercent = 1 } }
      try await server.apply(Configuration(admin: nil, drainSeconds: 0, listeners: [listener]))
      await server.stop()
      seeds.formUnion(log.messages(with: "; seed ").map(\.text))
    }
    #expect(seeds.count > 1)
  }

  @Test("warns of duplicates only where strangers can ask for them")
  func duplicates() throws {
    let everyone = [try Prefix("0.0.0.0/0")]
    let open = ListenerConfiguration.test(.udp, on: "0.0.0.0") {
      ($0.allow, $0.impair) = (everyone, Self.impairment { $0.duplicatePercent = 0.1 })
    }
    func isWarned(
      _ change: (inout ListenerConfiguration) -> Void = { _ in }, on address: IPAddress = .anyIPv4
    ) -> Bool {
      ImpairmentNotice.warning(of: open.changed(change), boundTo: address) != nil
    }
    let proxies = ProxyProtocol(from: [try Prefix("10.0.0.0/8")])
    #expect(isWarned())
    #expect(!isWarned(on: .loopbackIPv4))
    #expect(!isWarned { $0.allow = ListenerConfiguration.privateNetworks })
    #expect(
      isWarned { $0.proxyProtocol = proxies } && isWarned({ $0.proxyProtocol = proxies }, on: .loopbackIPv4))
    #expect(!isWarned { ($0.proxyProtocol, $0.allow) = (proxies, ListenerConfiguration.privateNetworks) })
    #expect(!isWarned { $0.impair?.duplicatePercent = 0 })
    #expect(!isWarned { $0.impair = nil })
  }

  @Test("warns of duplicates in the log, once")
  func loggedDuplicates() async throws {
    let log = LogRecorder()
    let listener = ListenerConfiguration.test(.udp, on: "0.0.0.0") {
      ($0.allow, $0.impair) = (
        [try? Prefix("0.0.0.0/0")].compactMap(\.self), Self.impairment { $0.duplicatePercent = 1 }
      )
    }
    try await ServerUnderTest.with([listener], log: log) { echod in
      try await echod.apply([listener.changed { $0.impair?.duplicatePercent = 2 }])
    }
    #expect(log.messages(with: "duplicatePercent on a listener").map(\.level) == [.warning])
  }
}
