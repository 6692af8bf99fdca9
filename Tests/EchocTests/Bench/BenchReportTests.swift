import Addresses
import EchoCore
import Testing

@testable import echoc

@Suite("A bench's report")
struct BenchReportTests {
  @Test("shows the throughput over the time that it really took, and the latencies")
  func text() {
    var report = sample(.tcp)
    #expect(
      report.text == """
        messages     10 sent, 8 answered, 1 wrong, 1 lost
        throughput   4 messages/s, 0.00 MB/s each way
        latency      p50 1.50 ms, p90 1.50 ms, p99 1.50 ms, p99.9 1.50 ms, max 1.50 ms
        connections  2 made, 1 broken
        errors       1, the first: Connection reset by peer
        wrong        byte 3 was 0x3F instead of 0x41
        """)
    report.measurement = Measurement()
    #expect(report.text.contains("latency      no reply"))
  }

  @Test("shows what is rare only when it happened")
  func rare() {
    var report = sample(.udp)
    report.measurement.late = 1
    report.measurement.duplicates = 2
    report.measurement.unsent = 3
    #expect(
      report.text.hasPrefix(
        "messages     10 sent, 8 answered, 1 wrong, 1 lost, 1 late, 2 duplicate, 3 not sent in time\n"))
    #expect(!report.text.contains("connections"))
  }

  @Test("complains when every connection broke, and mentions --churn when the server closed them")
  func everyConnectionBroke() {
    var report = sample(.tcp)
    #expect(report.complaint == nil)
    report.measurement.broken = 2
    #expect(report.complaint == "every connection broke")
    report.measurement.closedByServer = 1
    #expect(
      report.complaint == "every connection broke; if the server closes after its reply, use --churn")
    report.plan.isChurn = true
    #expect(report.complaint == nil)
  }

  @Test("has the same numbers as JSON, under names that programs rely on")
  func json() throws {
    let text = sample(.tcp).json.text()
    let value = try JSONValue(parsing: Array(text.utf8))
    #expect(
      value.names == [
        "endpoint", "address", "port", "transport", "plan", "seconds", "messages", "connections", "errors",
        "messagesPerSecond", "bytesPerSecond", "latencyMicroseconds",
      ])
    #expect(
      value["plan"]?.names == [
        "connections", "depth", "messageBytes", "messagesPerSecond", "churn", "seconds",
      ])
    #expect(
      value["messages"] == [
        "sent": .integer(10), "answered": .integer(8), "wrong": .integer(1), "lost": .integer(1),
        "late": .integer(0), "duplicate": .integer(0), "unsent": .integer(0),
      ])
    #expect(value["connections"]?.names == ["made", "broken", "closedByServer"])
    #expect(value["latencyMicroseconds"]?.names == ["min", "mean", "max", "p50", "p90", "p99", "p999"])
    #expect(value["latencyMicroseconds"]?["p50"] == .number(1500.0))
  }

  private func sample(_ transport: Transport) -> BenchReport {
    var measurement = Measurement()
    (measurement.sent, measurement.answered, measurement.wrong, measurement.lost) = (10, 8, 1, 1)
    (measurement.connected, measurement.broken, measurement.elapsed) = (2, 1, 2_000_000_000)
    for _ in 0..<8 { measurement.latencies.record(1_500_000) }
    measurement.note(.connectionReset)
    measurement.noteWrong("byte 3", was: 0x3F, insteadOf: 0x41)
    let endpoint = Endpoint(address: .loopbackIPv4, port: 7)
    return BenchReport(
      plan: BenchPlan(transport: transport, connections: 2), measurement: measurement,
      endpoint: "\(transport.rawValue)://localhost:7",
      peer: Peer(transport: transport, endpoint: endpoint))
  }
}

extension JSONValue {
  /// An object's names, in their order.
  var names: [String] { if case .object(let members) = self { members.map(\.name) } else { [] } }

  /// An object's member.
  subscript(name: String) -> JSONValue? {
    if case .object(let members) = self { members.first { $0.name == name }?.value } else { nil }
  }
}
