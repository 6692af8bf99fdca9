import EchoCore

/// The summary of a ping, as text and as JSON.
struct PingReport: Report {
  var endpoint: ServerEndpoint
  var bytes: Int
  /// The last address that was used; `nil` when there is none.
  var peer: Peer?
  var statistics = PingStatistics()
  /// What was wrong first, and why a message first had no reply: standard error has them.
  var firstWrong: String?
  var firstFailure: String?
  /// From the first message to the end.
  var elapsedMilliseconds: Int64 = 0
  var failure: ExitReason?

  private static let percentiles = [("p50", 50.0), ("p90", 90), ("p99", 99)]

  var exitReason: ExitReason? {
    if let failure { return failure }
    if statistics.wrong > 0 {
      return ExitReason(told: firstWrong, or: "a reply was wrong", ExitStatus.otherFailure)
    }
    guard statistics.received == 0 else { return nil }
    return ExitReason(told: firstFailure, or: "no reply" + (peer.map { " from \($0)" } ?? ""), .failure)
  }

  /// The summary for people.
  var text: String {
    let counts = [
      (statistics.duplicates, "duplicate"), (statistics.wrong, "wrong"), (statistics.errors, "failed"),
    ]
    .filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }.joined()
    var text = """

      --- \(endpoint) ping statistics ---
      \(statistics.sent) sent, \(statistics.received) received\(counts), \(lossText)% loss, time \(elapsedMilliseconds) ms

      """
    let latencies = statistics.latencies
    if latencies.count > 0 {
      text += "rtt min/avg/max = \(milliseconds([latencies.minimum, latencies.mean, latencies.maximum])) ms\n"
      text += "rtt p50/p90/p99 = \(milliseconds(Self.percentiles.map { latencies.percentile($0.1) })) ms\n"
    }
    return text
  }

  private func milliseconds(_ nanoseconds: [Int64]) -> String {
    nanoseconds.map { (Double($0) / 1e6).text(digits: 3) }.joined(separator: "/")
  }

  private var lossText: String {
    let percent = statistics.lossPercent
    return percent.text(digits: percent == percent.rounded() ? 0 : 2)
  }

  var figures: JSONValue {
    Self.beginning(endpoint, peer) + [
      "messageBytes": .integer(bytes),
      "sent": .integer(statistics.sent), "received": .integer(statistics.received),
      "duplicate": .integer(statistics.duplicates), "wrong": .integer(statistics.wrong),
      "failed": .integer(statistics.errors),
      "lossPercent": .number(statistics.lossPercent), "seconds": .number(Double(elapsedMilliseconds) / 1000),
      "roundTripMilliseconds": statistics.latencies.json(
        percentiles: Self.percentiles, nanosecondsPerUnit: 1e6),
    ]
  }
}
