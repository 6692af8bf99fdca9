import EchoCore
@testable import EchoServer
import Sockets
import Testing

@Suite("The process's statistics")
struct ProcessMeterTests {
  @Test("are all known")
  func values() {
    var meter = ProcessMeter()
    let statistics = meter.statistics()
    for statistic in ProcessStatistic.allCases {
      #expect((statistics[statistic] ?? -1) > 0, "\(statistic)")
    }
  }

  @Test("have a start time that stays the same")
  func start() throws {
    var meter = ProcessMeter()
    let start = try #require(meter.statistics()[.startedAt])
    #expect(start <= Double(SystemClock.epochNanoseconds()) / 1e9)
    #expect(meter.statistics()[.startedAt] == start)
  }

  @Test("are part of a snapshot that is to have them")
  func snapshot() async throws {
    let server = EchoServer(descriptorLimit: 1024, openDescriptors: 16, logger: .init(label: "test"))
    let process = await server.snapshot(includingProcess: true).process
    #expect((process[.residentBytes] ?? 0) > 0)
    #expect(await server.snapshot().process == ProcessStatistics())
  }
}
