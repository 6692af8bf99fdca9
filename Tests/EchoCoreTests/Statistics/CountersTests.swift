import EchoCore
import Testing

@Suite("Counters")
struct CountersTests {
  @Test("begin at zero")
  func zero() {
    #expect(Counters().statistics == Statistics())
    #expect(Statistic.allCases.allSatisfy { Statistics()[$0] == 0 })
    #expect(Statistics().droppedTotal == 0)
  }

  @Test("each show in a statistic of their own and in no other", arguments: Statistic.allCases)
  func statistics(statistic: Statistic) {
    let counters = Counters()
    counters.add(statistic)
    counters.add(statistic, 41)
    for other in Statistic.allCases { #expect(counters.statistics[other] == (other == statistic ? 42 : 0)) }
    #expect(counters.statistics.droppedTotal == 0)
  }

  @Test("keep the reasons of drops apart", arguments: DropReason.allCases)
  func drops(reason: DropReason) {
    let counters = Counters()
    counters.drop(reason)
    counters.drop(reason, 6)
    for other in DropReason.allCases { #expect(counters.statistics[other] == (other == reason ? 7 : 0)) }
    #expect(counters.statistics.droppedTotal == 7)
    #expect(Statistic.allCases.allSatisfy { counters.statistics[$0] == 0 })
  }

  @Test("keep the kinds of impairments apart, also in sums", arguments: ImpairmentKind.allCases)
  func impairments(kind: ImpairmentKind) {
    let counters = Counters()
    for _ in 0..<3 { counters.impair(kind) }
    var sum = counters.statistics
    sum += counters.statistics
    for other in ImpairmentKind.allCases { #expect(sum[other] == (other == kind ? 6 : 0)) }
    #expect(sum.droppedTotal == 0 && Statistic.allCases.allSatisfy { sum[$0] == 0 })
  }

  @Test("take away what was added")
  func subtraction() {
    let counters = Counters()
    counters.add(.clientsCurrent, 5)
    counters.subtract(.clientsCurrent)
    counters.subtract(.clientsCurrent, 3)
    #expect(counters.statistics[.clientsCurrent] == 1)
  }

  @Test("wrap and do not stop the daemon")
  func wrap() {
    let counters = Counters()
    counters.subtract(.bytesSent)
    #expect(counters.statistics[.bytesSent] == .max)
    counters.add(.bytesSent, 2)
    #expect(counters.statistics[.bytesSent] == 1)
  }

  @Test("lose nothing when several add at once")
  func concurrency() async {
    let counters = Counters()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<10_000 {
            counters.add(.messagesReceived)
            counters.add(.bytesReceived, 3)
            counters.add(.clientsCurrent, 2)
            counters.subtract(.clientsCurrent)
            counters.drop(.denied)
          }
        }
      }
    }
    let statistics = counters.statistics
    #expect(statistics[.messagesReceived] == 80_000 && statistics[.bytesReceived] == 240_000)
    #expect(statistics[.clientsCurrent] == 80_000 && statistics[.denied] == 80_000)
  }
}
