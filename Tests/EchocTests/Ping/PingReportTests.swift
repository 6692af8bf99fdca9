import Addresses
import EchoCore
import Testing

@testable import echoc

@Suite("A ping's report")
struct PingReportTests {
  private static let message: [UInt8] = PingMessages(bytes: 8).message(1)

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
    var report = PingReport(endpoint: try ServerEndpoint("tcp://nowhere:7"), bytes: 8)
    report.failure = ExitReason("cannot resolve nowhere", ExitStatus.otherFailure)
    let value = try JSONValue(parsing: Array(report.json.text().utf8))
    let names = try sample().figures.names
    #expect(value.names == names + ["error"])
    #expect(value["error"] == "cannot resolve nowhere" && value["transport"] == "tcp")
    #expect(value["address"] == .null && value["port"] == .integer(7))
    #expect(value["sent"] == .integer(0) && value["lossPercent"] == .number(0))
    #expect(value["roundTripMilliseconds"] == .null)
  }

  /// One message was sent.
  private func sample() throws -> PingReport {
    var report = PingReport(endpoint: try ServerEndpoint("udp://localhost:7"), bytes: 8)
    report.peer = Peer(transport: .udp, endpoint: Endpoint(address: .loopbackIPv4, port: 7))
    report.statistics.start(report.statistics.begin(), at: 1_000_000)
    return report
  }
}
