import EchoCore
import Testing

@Suite("Figures")
struct FiguresTests {
  private static let fields: [any WritableKeyPath<Figures, UInt64> & Sendable] = [
    \.messagesReceived, \.messagesSent, \.bytesReceived, \.bytesSent, \.clientsCurrent, \.clientsTotal,
    \.clientsEvicted,
  ]

  /// Figures that all differ.
  private func different(from start: UInt64) -> Figures {
    var figures = Figures()
    for (number, field) in Self.fields.enumerated() { figures[keyPath: field] = start + UInt64(number) }
    for reason in DropReason.allCases { figures[reason] = start + 100 + UInt64(reason.rawValue) }
    return figures
  }

  @Test("are added one by one")
  func addition() {
    var sum = different(from: 1000)
    sum += different(from: 5)
    for (number, field) in Self.fields.enumerated() {
      #expect(sum[keyPath: field] == 1005 + 2 * UInt64(number))
    }
    for reason in DropReason.allCases { #expect(sum[reason] == 1205 + 2 * UInt64(reason.rawValue)) }
  }

  @Test("do not change when none are added")
  func zero() {
    var sum = different(from: 7)
    sum += Figures()
    #expect(sum == different(from: 7))
  }

  @Test("tell how many were dropped, whatever the reason")
  func droppedTotal() {
    var figures = Figures()
    for reason in DropReason.allCases { figures[reason] = 1 << UInt64(reason.rawValue) }
    #expect(figures.droppedTotal == 0b11111)
    #expect(DropReason.allCases.count == 5)
  }

  @Test("wrap and do not stop the daemon")
  func wrap() {
    var most = Figures()
    for field in Self.fields { most[keyPath: field] = .max }
    for reason in DropReason.allCases { most[reason] = .max }
    #expect(most.droppedTotal == UInt64(bitPattern: -5))
    var sum = most
    sum += most
    #expect(Self.fields.allSatisfy { sum[keyPath: $0] == .max - 1 })
    #expect(DropReason.allCases.allSatisfy { sum[$0] == .max - 1 })
  }

  @Test(
    "name the reasons of drops as /stats does",
    arguments: zip(
      DropReason.allCases, ["denied", "loopGuard", "rateLimited", "overLimit", "sendFailed"]))
  func reasonNames(reason: DropReason, name: String) {
    #expect(reason.name == name)
  }
}
