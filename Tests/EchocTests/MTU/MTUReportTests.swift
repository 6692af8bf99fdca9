import Addresses
import EchoCore
import Sockets
import Testing

@testable import echoc

@Suite("A report about the largest datagram")
struct MTUReportTests {
  private static let router = ICMPReport(
    sender: ZonedAddress(IPAddress(v4: 0x0A00_0001)), type: 3, code: 4, mtu: 1400)

  @Test("has the same JSON members without a datagram, and an error")
  func failure() throws {
    var report = MTUReport(endpoint: try ServerEndpoint("udp://nowhere:7"))
    report.failure = ExitReason("cannot resolve nowhere", ExitStatus.otherFailure)
    let value = try JSONValue(parsing: Array(report.json.text().utf8))
    #expect(
      value.names == [
        "endpoint", "address", "port", "transport", "largestBytes", "pathMTU", "limitedBy", "trials", "error",
      ])
    #expect(value["largestBytes"] == .null && value["pathMTU"] == .null && value["limitedBy"] == .null)
    #expect(value["error"] == "cannot resolve nowhere" && report.text == "")
  }

  @Test(
    "tells what became of each size",
    arguments: [
      (1, MTUProber.Outcome.reply(1_234_000), "100 bytes: came back, time=1.234 ms"),
      (2, .reply(1_234_000), "100 bytes: came back, time=1.234 ms, 2 tries"),
      (3, .tooLarge(.silence), "100 bytes: no reply, 3 tries"),
      (1, .tooLarge(.interface), "100 bytes: too long for this machine's interface"),
      (1, .tooLarge(.report(router)), "100 bytes: too long for an MTU of 1400 bytes (reported by 10.0.0.1)"),
      (1, .wrong("99 bytes instead of 100"), "100 bytes: wrong reply: 99 bytes instead of 100"),
      (3, .failed(ReportedError(.connectionRefused)), "100 bytes: no reply: Connection refused, 3 tries"),
    ])
  func lines(tries: Int, outcome: MTUProber.Outcome, line: String) {
    #expect(MTUReport.line(MTUMeasurement.Trial(bytes: 100, tries: tries, outcome: outcome)) == line)
  }
}
