import Addresses
import EchoCore
import Testing

@testable import echoc

@Suite("A bench's report")
struct BenchReportTests {
  @Test("shows the throughput over the time that it really took, and the latencies")
  func text() throws {
    var report = try sample(.tcp)
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
  func rare() throws {
    var report = try sample(.udp)
    report.measurement.late = 1
    report.measurement.duplicates = 2
    report.measurement.unsent = 3
    #expect(
      report.text.hasPrefix(
        "messages     10 sent, 8 answered, 1 wrong, 1 lost, 1 late, 2 duplicate, 3 not sent in time\n"))
    #expect(!report.text.contains("connections"))
  }

  @Test("is no success when a reply was wrong, whatever else happened")
  func wrong() throws {
    var report = try sample(.tcp)
    #expect(report.exitReason == ExitReason("a reply was wrong: byte 3 was 0x3F instead of 0x41", .failure))
    report.measurement.answered = 0
    #expect(report.exitReason?.status == .failure)
  }

  @Test("is no success when every connection broke, and mentions --churn when the server closed them")
  func everyConnectionBroke() throws {
    var report = try sample(.tcp)
    report.measurement.wrong = 0
    #expect(report.exitReason == nil)
    report.measurement.broken = 2
    #expect(report.exitReason == ExitReason("every connection broke", .failure))
    report.measurement.closedByServer = 1
    #expect(
      report.exitReason?.text == "every connection broke; if the server closes after its reply, use --churn")
    report.plan.isChurn = true
    #expect(report.exitReason == nil)
  }

  @Test("is no success when more messages or connections were lost than allowed")
  func loss() throws {
    var report = try sample(.tcp)
    (report.measurement.wrong, report.measurement.broken) = (0, 0)
    report.plan.maximumLossPercent = 10
    #expect(report.exitReason == nil)
    report.measurement.unsent = 1
    #expect(
      report.exitReason
        == ExitReason("2 of 11 messages were lost or not sent in time, more than --max-loss allows", .failure)
    )
    report.measurement.broken = 1
    #expect(
      report.exitReason == ExitReason("1 of 2 connections broke, more than --max-loss allows", .failure))
    report.plan.maximumLossPercent = 50
    #expect(report.exitReason == nil)
  }

  @Test("tells that there was no reply at all, and why")
  func noReply() throws {
    var report = try sample(.tcp)
    report.measurement = Measurement()
    (report.measurement.sent, report.measurement.lost) = (1, 1)
    let sentence = "no reply from tcp 127.0.0.1:7"
    #expect(report.exitReason == ExitReason(sentence, ExitStatus.systemRefused))
    report.measurement.closedByServer = 1
    #expect(report.exitReason?.text == sentence + ": the server closed the connection")
    report.measurement.note(.connectionReset)
    #expect(report.exitReason?.text == sentence + ": Connection reset by peer")
  }

  @Test("has the same numbers as JSON, under names that programs rely on")
  func json() throws {
    var report = try sample(.tcp)
    report.measurement.wrong = 0
    let text = report.json.text()
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
        "sent": .integer(10), "answered": .integer(8), "wrong": .integer(0), "lost": .integer(1),
        "late": .integer(0), "duplicate": .integer(0), "unsent": .integer(0),
      ])
    #expect(value["connections"]?.names == ["made", "broken", "closedByServer"])
    #expect(value["latencyMicroseconds"]?.names == ["min", "mean", "max", "p50", "p90", "p99", "p999"])
    #expect(value["latencyMicroseconds"]?["p50"] == .number(1500.0))
  }

  @Test("has as JSON the same members without a measurement, and an error")
  func failure() throws {
    var report = try BenchReport(plan: sample(.tcp).plan, endpoint: sample(.tcp).endpoint)
    report.failure = ExitReason("cannot \"connect\"", ExitStatus.systemRefused)
    let value = try JSONValue(parsing: Array(report.json.text().utf8))
    let names = try sample(.udp).figures.names
    #expect(value.names == names + ["error"])
    #expect(value["error"] == "cannot \"connect\"")
    #expect(value["address"] == .null && value["port"] == .integer(7))
    #expect(value["latencyMicroseconds"] == .null && value["messagesPerSecond"] == .number(0))
  }

  private func sample(_ transport: Transport) throws -> BenchReport {
    var measurement = Measurement()
    (measurement.sent, measurement.answered, measurement.wrong, measurement.lost) = (10, 8, 1, 1)
    (measurement.connected, measurement.broken, measurement.elapsed) = (2, 1, 2_000_000_000)
    for _ in 0..<8 { measurement.latencies.record(1_500_000) }
    measurement.note(.connectionReset)
    measurement.noteWrong("byte 3", was: 0x3F, insteadOf: 0x41)
    let endpoint = Endpoint(address: .loopbackIPv4, port: 7)
    return BenchReport(
      plan: BenchPlan(transport: transport, connections: 2),
      endpoint: try ServerEndpoint("\(transport.rawValue)://localhost:7"),
      peer: Peer(transport: transport, endpoint: endpoint), measurement: measurement)
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
