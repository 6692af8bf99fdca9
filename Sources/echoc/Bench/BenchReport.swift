import EchoCore

/// The summary of a benchmark, as text and as JSON.
struct BenchReport: Report {
  var plan: BenchPlan
  var endpoint: ServerEndpoint
  /// The address that was used; `nil` when there is none.
  var peer: Peer?
  var measurement = Measurement()
  var failure: ExitReason?

  /// Correct replies per second.
  var messagesPerSecond: Double { perSecond(measurement.answered) }

  private static let percentiles = [("p50", 50.0), ("p90", 90), ("p99", 99), ("p999", 99.9)]

  private func perSecond(_ count: Int) -> Double {
    measurement.elapsed == 0 ? 0 : Double(count) * 1e9 / Double(measurement.elapsed)
  }

  /// The first line: the plan.
  static func heading(_ plan: BenchPlan, endpoint: ServerEndpoint, peer: Peer) -> String {
    let sockets = plan.transport == .tcp ? "connection" : "socket"
    let flight = plan.isChurn ? "each for one message of" : "\(plan.depth) in flight on each, messages of"
    let rate = plan.perSecond.map { ", \($0) messages/s" } ?? ""
    return """
      BENCH \(endpoint) (\(peer)): \(plan.connections.counted(sockets)), \(flight) \(plan.bytes.counted("byte"))\(rate), \
      \(plan.seconds) s
      """
  }

  /// The summary for people.
  var text: String {
    var lines = ["messages     \(messages)", "throughput   \(throughput)", "latency      \(latencies)"]
    if let connections { lines.append("connections  \(connections)") }
    if let error = measurement.firstError {
      lines.append("errors       \(measurement.errors), the first: \(error)")
    }
    if let wrong = measurement.firstWrong { lines.append("wrong        \(wrong)") }
    return lines.map { $0 + "\n" }.joined()
  }

  private var messages: String {
    let m = measurement
    var parts = ["\(m.sent) sent", "\(m.answered) answered", "\(m.wrong) wrong", "\(m.lost) lost"]
    for (count, name) in [(m.late, "late"), (m.duplicates, "duplicate"), (m.unsent, "not sent in time")]
    where count > 0 { parts.append("\(count) \(name)") }
    return parts.joined(separator: ", ")
  }

  private var throughput: String {
    let megabytes = messagesPerSecond * Double(plan.bytes) / 1e6
    return "\(messagesPerSecond.text(digits: 0)) messages/s, \(megabytes.text(digits: 2)) MB/s each way"
  }

  private var latencies: String {
    let latencies = measurement.latencies
    guard latencies.count > 0 else { return "no reply" }
    let values = [
      ("p50", latencies.percentile(50)), ("p90", latencies.percentile(90)), ("p99", latencies.percentile(99)),
      ("p99.9", latencies.percentile(99.9)), ("max", latencies.maximum),
    ]
    return values.map { "\($0.0) \($0.1.durationText)" }.joined(separator: ", ")
  }

  private var connections: String? {
    guard plan.transport == .tcp else { return nil }
    let m = measurement
    var text = "\(m.connected) made, \(m.broken) broken"
    if m.closedByServer > 0 { text += ", \(m.closedByServer) closed by the server" }
    // Said because it is not what an ordinary client does.
    if plan.isChurn, m.answered > m.closedByServer { text += "; otherwise reset by echoc after the reply" }
    return text
  }

  var exitReason: ExitReason? {
    if let failure { return failure }
    let m = measurement
    if m.wrong > 0 {
      return ExitReason("a reply was wrong" + (m.firstWrong.map { ": \($0)" } ?? ""), .failure)
    }
    if m.answered == 0 { return ExitReason(noReply, ExitStatus.systemRefused) }
    return (lostConnections ?? lostMessages).map { ExitReason($0, .failure) }
  }

  private var noReply: String {
    guard let peer else { return "no reply" }
    if let error = measurement.firstError { return "no reply from \(peer): \(error)" }
    if measurement.closedByServer > 0 { return "\(LinkError.noReply(peer, .closed))" }
    return "no reply from \(peer)"
  }

  /// What connections were lost that should have stayed open: every one, or more than the plan allows.
  private var lostConnections: String? {
    let m = measurement
    guard plan.transport == .tcp, !plan.isChurn, m.broken > 0 else { return nil }
    if m.broken == m.connected {
      return "every connection broke"
        + (m.closedByServer > 0 ? "; if the server closes after its reply, use --churn" : "")
    }
    guard plan.isTooMuch(m.broken, of: m.connected) else { return nil }
    return "\(m.broken) of \(m.connected) connections broke, more than --max-loss allows"
  }

  /// What messages were lost, if they are more than the plan allows.
  private var lostMessages: String? {
    let (lost, due) = (measurement.lost + measurement.unsent, measurement.sent + measurement.unsent)
    guard plan.isTooMuch(lost, of: due) else { return nil }
    return "\(lost) of \(due) messages were lost or not sent in time, more than --max-loss allows"
  }

  var figures: JSONValue {
    let m = measurement
    return Self.beginning(endpoint, peer) + [
      "plan": [
        "connections": .integer(plan.connections), "depth": .integer(plan.depth),
        "messageBytes": .integer(plan.bytes),
        "messagesPerSecond": plan.perSecond.map { .integer($0) } ?? .null,
        "churn": .bool(plan.isChurn), "seconds": .integer(plan.seconds),
      ],
      "seconds": .number(Double(m.elapsed) / 1e9),
      "messages": [
        "sent": .integer(m.sent), "answered": .integer(m.answered), "wrong": .integer(m.wrong),
        "lost": .integer(m.lost), "late": .integer(m.late), "duplicate": .integer(m.duplicates),
        "unsent": .integer(m.unsent),
      ],
      "connections": [
        "made": .integer(m.connected), "broken": .integer(m.broken),
        "closedByServer": .integer(m.closedByServer),
      ],
      "errors": .integer(m.errors),
      "messagesPerSecond": .number(messagesPerSecond),
      "bytesPerSecond": .number(messagesPerSecond * Double(plan.bytes)),
      "latencyMicroseconds": m.latencies.json(percentiles: Self.percentiles, nanosecondsPerUnit: 1000),
    ]
  }
}
