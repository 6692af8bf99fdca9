import EchoCore
import Testing

@Suite("Counters")
struct CountersTests {
  /// A counter and its figure.
  struct Pair: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let add: @Sendable (Counters, Int) -> Void
    let figure: @Sendable (Statistics) -> UInt64

    static let all = [
      Pair(
        testDescription: "messagesReceived", add: { $0.messagesReceived.add($1) },
        figure: \.messagesReceived),
      Pair(testDescription: "messagesSent", add: { $0.messagesSent.add($1) }, figure: \.messagesSent),
      Pair(testDescription: "bytesReceived", add: { $0.bytesReceived.add($1) }, figure: \.bytesReceived),
      Pair(testDescription: "bytesSent", add: { $0.bytesSent.add($1) }, figure: \.bytesSent),
      Pair(testDescription: "clientsCurrent", add: { $0.clientsCurrent.add($1) }, figure: \.clientsCurrent),
      Pair(testDescription: "clientsTotal", add: { $0.clientsTotal.add($1) }, figure: \.clientsTotal),
      Pair(testDescription: "clientsEvicted", add: { $0.clientsEvicted.add($1) }, figure: \.clientsEvicted),
    ]
  }

  @Test("begin at zero")
  func zero() {
    #expect(Counters().statistics == Statistics())
    #expect(Pair.all.allSatisfy { $0.figure(Statistics()) == 0 })
    #expect(Statistics().droppedTotal == 0)
  }

  @Test("each show in a figure of their own and in no other", arguments: Pair.all.indices)
  func statistics(index: Int) {
    let counters = Counters()
    Pair.all[index].add(counters, 1)
    Pair.all[index].add(counters, 41)
    for (other, pair) in Pair.all.enumerated() {
      #expect(pair.figure(counters.statistics) == (other == index ? 42 : 0))
    }
    #expect(counters.statistics.droppedTotal == 0)
  }

  @Test("keep the reasons of drops apart", arguments: DropReason.allCases)
  func drops(reason: DropReason) {
    let counters = Counters()
    counters.drop(reason)
    counters.drop(reason, 6)
    for other in DropReason.allCases { #expect(counters.statistics[other] == (other == reason ? 7 : 0)) }
    #expect(counters.statistics.droppedTotal == 7)
    #expect(Pair.all.allSatisfy { $0.figure(counters.statistics) == 0 })
  }

  @Test("take away what was added")
  func subtraction() {
    let counters = Counters()
    counters.clientsCurrent.add(5)
    counters.clientsCurrent.subtract()
    counters.clientsCurrent.subtract(3)
    #expect(counters.clientsCurrent.current == 1 && counters.statistics.clientsCurrent == 1)
  }

  @Test("wrap and do not stop the daemon")
  func wrap() {
    let counters = Counters()
    counters.bytesSent.subtract()
    #expect(counters.statistics.bytesSent == .max)
    counters.bytesSent.add(2)
    #expect(counters.statistics.bytesSent == 1)
  }

  @Test("lose nothing when several add at once")
  func concurrency() async {
    let counters = Counters()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<10_000 {
            counters.messagesReceived.add()
            counters.bytesReceived.add(3)
            counters.clientsCurrent.add(2)
            counters.clientsCurrent.subtract()
            counters.drop(.denied)
          }
        }
      }
    }
    let statistics = counters.statistics
    #expect(statistics.messagesReceived == 80_000 && statistics.bytesReceived == 240_000)
    #expect(statistics.clientsCurrent == 80_000 && statistics[.denied] == 80_000)
  }
}
