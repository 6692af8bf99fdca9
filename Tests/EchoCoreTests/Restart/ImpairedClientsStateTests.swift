import Addresses
import EchoCore
import Testing

@Suite("The clients of an impaired listener after a restart")
struct ImpairedClientsStateTests {
  private static func client(_ port: UInt16) -> Endpoint { Endpoint(address: .loopbackIPv4, port: port) }

  private static func impairer(_ change: (inout Impairment) -> Void) -> Impairer {
    var impairment = Impairment()
    impairment.seed = 7
    change(&impairment)
    return Impairer(impairment, drawnSeed: 0)
  }

  private static let losses = impairer { $0.lossPercent = 50 }
  private static let slow = impairer { $0.bytesPerSecond = 1000 }

  private func restored(
    _ clients: ImpairedClients, _ impairer: Impairer, capacity: Int = 10, at now: Int64
  ) throws -> ImpairedClients {
    var restored = ImpairedClients(impairer, capacity: capacity)
    _ = restored.nextOutcome(for: Self.client(1), byteCount: 1, at: now)
    var reader = StateReader(written { clients.write(to: &$0) })
    try restored.restore(from: &reader, at: now)
    #expect(reader.bytesLeft == 0)
    return restored
  }

  private func isLost(_ port: UInt16, _ clients: inout ImpairedClients, at now: Int64) -> Bool {
    clients.nextOutcome(for: Self.client(port), byteCount: 100, at: now) == .lost
  }

  private func delay(_ port: UInt16, _ clients: inout ImpairedClients, at now: Int64) -> Int64? {
    let outcome = clients.nextOutcome(for: Self.client(port), byteCount: 100, at: now)
    return if case .sent(let treatment) = outcome { treatment.delayMilliseconds } else { nil }
  }

  @Test("continue the numbering of their messages")
  func numbers() throws {
    var before = ImpairedClients(Self.losses, capacity: 10)
    for port in 1...UInt16(3) { for _ in 0..<10 * port { _ = isLost(port, &before, at: 0) } }
    var after = try restored(before, Self.losses, at: 100)
    for port in 1...UInt16(3) {
      let lost = (0..<20).map { _ in isLost(port, &after, at: 100) }
      #expect(lost == (0..<20).map { Self.losses.fate(of: UInt64(10 * port) + $0).isLost })
    }
  }

  @Test("find their lines as busy as before, unless the speed has changed")
  func lines() throws {
    var before = ImpairedClients(Self.slow, capacity: 10)
    for _ in 0..<5 { _ = delay(1, &before, at: 0) }
    var after = try restored(before, Self.slow, at: 100)
    #expect(delay(1, &after, at: 100) == 400)
    var faster = try restored(before, Self.impairer { $0.bytesPerSecond = 2000 }, at: 100)
    #expect(delay(1, &faster, at: 100) == 0)
  }

  @Test("are forgotten if they have been silent for their lifetime")
  func expired() throws {
    var before = ImpairedClients(Self.losses, capacity: 10)
    for _ in 0..<10 { _ = isLost(1, &before, at: 0) }
    var after = try restored(before, Self.losses, at: 60_000)
    let lost = (0..<20).map { _ in isLost(1, &after, at: 60_000) }
    #expect(lost == (0..<20).map { Self.losses.fate(of: $0).isLost })
  }

  @Test("have a line that becomes free again, and never crash, whatever the bytes are")
  func broken() {
    var before = ImpairedClients(Self.slow, capacity: 10)
    for port in 1...UInt16(2) { _ = delay(port, &before, at: 0) }
    for bytes in EchoCoreTests.broken(written { before.write(to: &$0) }) {
      var after = before
      let error = failure(of: bytes) { reader throws(StateError) in try after.restore(from: &reader, at: 0) }
      let delays = (1...UInt16(2)).map { delay($0, &after, at: 200_000) }
      if delays != [0, 0] { Issue.record("\(delays), \(String(describing: error)) after \(bytes)") }
    }
  }
}
