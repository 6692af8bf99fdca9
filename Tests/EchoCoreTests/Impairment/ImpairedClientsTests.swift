import Addresses
import Testing

@testable import EchoCore

@Suite("The clients of an impaired listener")
struct ImpairedClientsTests {
  private static func client(_ port: UInt16) -> Endpoint { Endpoint(address: .loopbackIPv4, port: port) }

  private static func impairer(_ change: (inout Impairment) -> Void) -> Impairer {
    var impairment = Impairment()
    impairment.seed = 7
    change(&impairment)
    return Impairer(impairment, drawnSeed: 0)
  }

  private static func delay(_ outcome: ImpairedClients.Outcome) -> Int64? {
    if case .sent(let treatment) = outcome { treatment.delayMilliseconds } else { nil }
  }

  @Test("each see the effects of the seed on their own messages, however these are mixed")
  func numbers() {
    let impairer = Self.impairer {
      ($0.lossPercent, $0.duplicatePercent, $0.corruptPercent) = (30, 20, 20)
      ($0.delayMilliseconds, $0.jitterMilliseconds, $0.reorderPercent) = (50, 20, 10)
    }
    var clients = ImpairedClients(impairer)
    for number in 0..<UInt64(200) {
      for port in 1...UInt16(3) where port == 1 || number % UInt64(port) == 0 {
        let fate = impairer.fate(of: number / UInt64(port))
        let outcome = clients.nextOutcome(for: Self.client(port), byteCount: 10, at: 0)
        guard case .sent(let treatment) = outcome else {
          #expect(fate.isLost)
          continue
        }
        #expect(
          !fate.isLost && treatment.copies == (fate.isDuplicated ? 2 : 1)
            && treatment.corruptedBit == fate.corruptedBit && treatment.isReordered == fate.isReordered
            && treatment.delayMilliseconds == fate.delayMilliseconds)
      }
    }
  }

  @Test("keep their counts when the impairment changes")
  func change() {
    let losses = Self.impairer { $0.lossPercent = 50 }
    var clients = ImpairedClients(Self.impairer { _ in })
    for _ in 0..<10 { _ = clients.nextOutcome(for: Self.client(1), byteCount: 1, at: 0) }
    clients.change(to: losses)
    for number in 10..<UInt64(30) {
      let isLost = clients.nextOutcome(for: Self.client(1), byteCount: 1, at: 0) == .lost
      #expect(isLost == losses.fate(of: number).isLost)
    }
  }

  @Test("start again after their lifetime, and when the table is full")
  func forgotten() {
    let impairer = Self.impairer { $0.lossPercent = 50 }
    var clients = ImpairedClients(impairer, capacity: 2)
    func pattern(_ port: UInt16, at now: Int64) -> [Bool] {
      (0..<20).map { _ in clients.nextOutcome(for: Self.client(port), byteCount: 1, at: now) == .lost }
    }
    let expected = (0..<UInt64(40)).map { impairer.fate(of: $0).isLost }
    #expect(pattern(1, at: 0) == Array(expected[..<20]))
    #expect(pattern(1, at: 59_999) == Array(expected[20...]))
    #expect(pattern(1, at: 119_999) == Array(expected[..<20]))
    #expect(pattern(2, at: 119_999) + pattern(3, at: 119_999) == Array(expected[..<20] + expected[..<20]))
    #expect(pattern(1, at: 119_999) == Array(expected[..<20]))
  }

  @Test("get their replies one after another on a line of their own, the first at once")
  func pace() {
    var clients = ImpairedClients(Self.impairer { $0.bytesPerSecond = 1000 })
    for now in [0, 5000] as [Int64] {
      for number in 0...10 {
        for port in 1...UInt16(2) {
          let outcome = clients.nextOutcome(for: Self.client(port), byteCount: 100, at: now)
          #expect(Self.delay(outcome) == Int64(number) * 100)
        }
      }
      #expect(clients.nextOutcome(for: Self.client(1), byteCount: 100, at: now) == .lost)
      // What is lost does not occupy the line.
      #expect(Self.delay(clients.nextOutcome(for: Self.client(1), byteCount: 100, at: now + 200)) == 900)
    }
  }

  @Test("keep a busy line for longer than their lifetime, and others begin anew meanwhile")
  func large() {
    var clients = ImpairedClients(Self.impairer { ($0.bytesPerSecond, $0.lossPercent) = (1, 50) })
    let isLost = (0..<UInt64(100)).map { [clients] number in
      var clients = clients
      for _ in 0..<number { _ = clients.nextOutcome(for: Self.client(9), byteCount: 0, at: 0) }
      return clients.nextOutcome(for: Self.client(9), byteCount: 0, at: 0) == .lost
    }
    func next(_ port: UInt16, _ byteCount: Int, at now: Int64) -> ImpairedClients.Outcome {
      clients.nextOutcome(for: Self.client(port), byteCount: byteCount, at: now)
    }
    // The first one that is not lost occupies the line.
    while next(1, 65_507, at: 0) == .lost {}
    for now in [0, 600_000] as [Int64] { #expect((0..<10).allSatisfy { _ in next(1, 1, at: now) == .lost }) }
    for now in [1, 120_000] as [Int64] {
      for number in 0..<20 { #expect((next(2, 0, at: now) == .lost) == isLost[number]) }
    }
  }

  @Test("have a free line when the speed changes")
  func newSpeed() {
    var clients = ImpairedClients(Self.impairer { $0.bytesPerSecond = 1 })
    _ = clients.nextOutcome(for: Self.client(1), byteCount: 1400, at: 0)
    #expect(clients.nextOutcome(for: Self.client(1), byteCount: 1, at: 1) == .lost)
    clients.change(to: Self.impairer { ($0.bytesPerSecond, $0.delayMilliseconds) = (1, 5) })
    #expect(clients.nextOutcome(for: Self.client(1), byteCount: 1, at: 2) == .lost)
    clients.change(to: Self.impairer { $0.bytesPerSecond = 1_000_000_000 })
    #expect(Self.delay(clients.nextOutcome(for: Self.client(1), byteCount: 1, at: 3)) == 0)
  }

  @Test("wait for their line first, and then for the delay")
  func paceAndDelay() {
    var clients = ImpairedClients(
      Self.impairer { ($0.bytesPerSecond, $0.delayMilliseconds) = (1000, 60_000) })
    let delays = (0..<3).map { _ in
      Self.delay(clients.nextOutcome(for: Self.client(1), byteCount: 100, at: 0))
    }
    #expect(delays == [60_000, 60_100, 60_200])
  }
}
