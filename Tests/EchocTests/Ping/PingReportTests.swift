import Addresses
import EchoCore
import Testing

@testable import echoc

@Suite("A ping's report")
struct PingReportTests {
  private static let message: [UInt8] = PingMessages(bytes: 8).message(1)

  private static var plan: PingPlan {
    var plan = PingPlan()
    plan.messageBytes = 8
    return plan
  }

  @Test("is a success when a reply came, and tells otherwise why there was none")
  func reply() throws {
    var report = try sample()
    #expect(report.exitReason == ExitReason("no reply from udp 127.0.0.1:7", .failure))
    report.firstFailure = "no reply from udp 127.0.0.1:7: Connection refused"
    #expect(report.exitReason == ExitReason(told: report.firstFailure, or: "", .failure))
    _ = report.statistics.judge(Self.message[...], of: PingMessages(bytes: 8), at: 2_000_000)
    #expect(report.statistics.received == 1 && report.exitReason == nil)
    #expect(!report.json.names.contains("error"))
  }

  @Test("is no success when a reply was wrong, though others were right")
  func wrong() throws {
    var report = try sample()
    _ = report.statistics.judge(Self.message[...], of: PingMessages(bytes: 8), at: 2_000_000)
    _ = report.statistics.refuse(.excess, to: nil)
    report.firstWrong = "wrong reply"
    #expect(report.exitReason == ExitReason(told: "wrong reply", or: "", ExitStatus.otherFailure))
    #expect(report.json["error"] == "wrong reply" && report.json["received"] == .integer(1))
  }

  @Test("has as JSON the same members without a message, and an error")
  func failure() throws {
    var report = PingReport(try ServerEndpoint("tcp://nowhere:7"), Self.plan)
    report.failure = ExitReason("cannot resolve nowhere", ExitStatus.otherFailure)
    let value = try JSONValue(parsing: Array(report.json.text().utf8))
    let names = try sample().figures.names
    #expect(value.names == names + ["error"])
    #expect(value["error"] == "cannot resolve nowhere" && value["transport"] == "tcp")
    #expect(value["address"] == .null && value["port"] == .integer(7))
    #expect(value["sent"] == .integer(0) && value["lossPercent"] == .number(0))
    #expect(value["roundTripMilliseconds"] == .null)
  }

  @Test("mentions duplicates, reordering and an outage only if there were any")
  func rarities() throws {
    var report = try sample()
    _ = report.statistics.judge(Self.message[...], of: PingMessages(bytes: 8), at: 2_000_000)
    #expect(
      report.text == """

        --- udp://localhost:7 ping statistics ---
        1 sent, 1 received, 0% loss, time 0 ms
        rtt min/avg/max/mdev = 1.000/1.000/1.000/0.000 ms
        rtt p50/p90/p99 = 1.000/1.000/1.000 ms, jitter 0.000 ms

        """)
    _ = report.statistics.judge(Self.message[...], of: PingMessages(bytes: 8), at: 3_000_000)
    report.longestOutage = 1_500_000_000
    #expect(
      report.text.contains("1 sent, 1 received, 1 duplicate, 0% loss, time 0 ms\nlongest outage 1.50 s\n"))
  }

  @Test("is no success when a deadline has passed before the wanted number of replies came")
  func deadline() throws {
    var plan = Self.plan
    (plan.count, plan.deadline) = (2, 1_000_000_000)
    var report = PingReport(try ServerEndpoint("h"), plan)
    _ = report.statistics.begin(at: 0)
    _ = report.statistics.judge(Self.message[...], of: PingMessages(bytes: 8), at: 1)
    #expect(report.exitReason == ExitReason("only 1 of 2 replies came in time", .failure))
  }

  @Test(
    "is the last line of JSON lines, marked as the summary",
    arguments: [.jsonLines, .jsonSummary] as [PingPlan.Output])
  func jsonLine(output: PingPlan.Output) throws {
    var plan = Self.plan
    plan.output = output
    let report = PingReport(try ServerEndpoint("h"), plan)
    #expect(report.jsonText.hasPrefix(#"{"type":"summary","endpoint":"udp://h:7","#))
    #expect(report.jsonText.hasSuffix("}") && !report.jsonText.contains("\n"))
  }

  @Test("shows the figures so far in a line, as ping(8) does")
  func line() throws {
    var report = try sample()
    #expect(PingReport.line(report.statistics) == "0/1 messages, 100% loss")
    _ = report.statistics.judge(Self.message[...], of: PingMessages(bytes: 8), at: 2_000_000)
    #expect(
      PingReport.line(report.statistics)
        == "1/1 messages, 0% loss, min/avg/ewma/max = 1.000/1.000/1.000/1.000 ms")
  }

  @Test("shows a loss in color, if there are colors")
  func color() throws {
    var report = try sample()
    #expect(report.text.contains("1 sent, 0 received, 100% loss, time"))
    report.palette = Palette(isOn: true)
    #expect(report.text.contains("\u{1B}[33m100% loss\u{1B}[0m, time"))
    _ = report.statistics.judge(Self.message[...], of: PingMessages(bytes: 8), at: 2_000_000)
    #expect(!report.text.contains("\u{1B}"))
  }

  /// One message was sent.
  private func sample() throws -> PingReport {
    var report = PingReport(try ServerEndpoint("udp://localhost:7"), Self.plan)
    report.peer = Peer(transport: .udp, endpoint: Endpoint(address: .loopbackIPv4, port: 7))
    _ = report.statistics.begin(at: 1_000_000)
    return report
  }
}
