import EchoCore

/// What a ping has to say in the end, for people and as JSON.
struct PingReport {
  /// The command line's endpoint, and the address that was talked to last.
  var endpoint: String
  var remote: Remote
  var bytes: Int
  var ledger: PingLedger
  /// From the first message to the end.
  var elapsedMilliseconds: Int64

  private static let percentiles = [("p50", 50.0), ("p90", 90), ("p99", 99)]

  /// The summary.
  var text: String {
    let counts = [(ledger.duplicates, "duplicate"), (ledger.wrong, "wrong"), (ledger.errors, "failed")]
      .filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }.joined()
    var text = """

      --- \(endpoint) ping statistics ---
      \(ledger.sent) sent, \(ledger.received) received\(counts), \(lossText)% loss, time \(elapsedMilliseconds) ms

      """
    let latencies = ledger.latencies
    if latencies.count > 0 {
      text += "rtt min/avg/max = \(milliseconds([latencies.least, latencies.mean, latencies.most])) ms\n"
      text += "rtt p50/p90/p99 = \(milliseconds(Self.percentiles.map { latencies.percentile($0.1) })) ms\n"
    }
    return text
  }

  private func milliseconds(_ nanoseconds: [Int64]) -> String {
    nanoseconds.map { (Double($0) / 1e6).text(digits: 3) }.joined(separator: "/")
  }

  private var lossText: String {
    let percent = ledger.lossPercent
    return percent.text(digits: percent == percent.rounded() ? 0 : 2)
  }

  /// The same figures for programs.
  var json: JSONValue {
    [
      "endpoint": .string(endpoint),
      "address": .string("\(remote.endpoint.address)"), "port": .integer(Int(remote.endpoint.port)),
      "transport": .string(remote.transport.rawValue), "messageBytes": .integer(bytes),
      "sent": .integer(ledger.sent), "received": .integer(ledger.received),
      "duplicate": .integer(ledger.duplicates), "wrong": .integer(ledger.wrong),
      "failed": .integer(ledger.errors),
      "lossPercent": .number(ledger.lossPercent), "seconds": .number(Double(elapsedMilliseconds) / 1000),
      "roundTripMilliseconds": ledger.latencies.json(percentiles: Self.percentiles, nanosecondsPerUnit: 1e6),
    ]
  }
}
