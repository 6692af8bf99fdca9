import Testing

@testable import echoc

@Suite("The summary of a STAMP session")
struct StampSummaryTests {
  @Test("shows a loss in color, if there are colors")
  func color() throws {
    var report = try report()
    _ = report.statistics.begin(at: clocks(0), .init(clockError: nil, format: .ntp))
    #expect(report.text.contains("1 sent, 0 received, 100% loss, time"))
    report.palette = Palette(isOn: true)
    #expect(report.text.contains("\u{1B}[33m100% loss\u{1B}[0m, time"))
  }

  /// The report of a session without messages.
  private func report() throws -> StampReport {
    let endpoint = try ServerEndpoint("stamp://h")
    let session = StampSession(endpoint, StampPlan(), PingOutput(PingPlan(), Console()))
    return StampReport(endpoint, PingPlan(), StampPlan(), session)
  }
}
