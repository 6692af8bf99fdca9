import EchoCore
import Testing

@Suite("Statistics")
struct StatisticsTests {
  /// Statistics that all differ.
  private func different(from start: UInt64) -> Statistics {
    var statistics = Statistics()
    for statistic in Statistic.allCases { statistics[statistic] = start + UInt64(statistic.rawValue) }
    for reason in DropReason.allCases { statistics[reason] = start + 100 + UInt64(reason.rawValue) }
    return statistics
  }

  @Test("are added one by one")
  func addition() {
    var sum = different(from: 1000)
    sum += different(from: 5)
    for statistic in Statistic.allCases {
      #expect(sum[statistic] == 1005 + 2 * UInt64(statistic.rawValue))
    }
    for reason in DropReason.allCases { #expect(sum[reason] == 1205 + 2 * UInt64(reason.rawValue)) }
  }

  @Test("do not change when none are added")
  func zero() {
    var sum = different(from: 7)
    sum += Statistics()
    #expect(sum == different(from: 7))
  }

  @Test("tell how many were dropped, whatever the reason")
  func droppedTotal() {
    var statistics = Statistics()
    for reason in DropReason.allCases { statistics[reason] = 1 << UInt64(reason.rawValue) }
    #expect(statistics.droppedTotal == 1 << UInt64(DropReason.allCases.count) - 1)
  }

  @Test("wrap and do not stop the daemon")
  func wrap() {
    var most = Statistics()
    for statistic in Statistic.allCases { most[statistic] = .max }
    for reason in DropReason.allCases { most[reason] = .max }
    #expect(most.droppedTotal == 0 &- UInt64(DropReason.allCases.count))
    var sum = most
    sum += most
    #expect(Statistic.allCases.allSatisfy { sum[$0] == .max - 1 })
    #expect(DropReason.allCases.allSatisfy { sum[$0] == .max - 1 })
  }

  @Test("name the kinds of impairments as /stats does")
  func impairmentNames() {
    #expect(
      ImpairmentKind.allCases.map(\.name) == [
        "lost", "delayed", "duplicated", "corrupted", "reordered", "closed", "reset",
      ])
  }

  @Test("name the reasons of drops as /stats does")
  func reasonNames() {
    #expect(
      DropReason.allCases.map(\.name) == [
        "denied", "loopGuard", "rateLimited", "overLimit", "sendFailed", "receiveBufferFull",
        "badProxyHeader", "malformed", "impaired",
      ])
  }
}
