import EchoCore

/// The summary of a ping, as text and as JSON.
struct PingReport: PingResult {
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
  /// See ``PingOutages``.
  var longestOutage: Int64 = 0
  /// Fewer replies are a failure.
  var leastReplies = 1
  /// Whether the JSON object is the last of several, each on one line.
  var isLastOfLines = false
  /// The colors of the text.
  var palette = Palette(isOn: false)
  /// The histogram, as lines; empty for none.
  private var histogram = ""
  var failure: ExitReason?

  /// A report without figures.
  init(_ endpoint: ServerEndpoint, _ plan: PingPlan) {
    (self.endpoint, bytes) = (endpoint, plan.messageBytes)
    isLastOfLines = plan.output.hasOneObjectPerLine
    leastReplies = plan.leastReplies
  }

  /// Takes the figures of a session that lasted from one time to another, in nanoseconds of the monotonic clock.
  mutating func take(_ session: PingSession, from start: Int64, to end: Int64) {
    elapsedMilliseconds = (end - start) / 1_000_000
    statistics = session.statistics
    longestOutage = statistics.longestOutage(until: end)
    (firstWrong, firstFailure) = (session.firstWrong, session.firstFailure)
  }

  /// Draws the histogram after the summary.
  mutating func drawHistogram(columns: Int) {
    let chart = HistogramChart(statistics.latencies).text(columns: columns, palette)
    if !chart.isEmpty { histogram = "\n\(chart)" }
  }

  private static let percentiles = [("p50", 50.0), ("p90", 90), ("p99", 99)]

  /// The summary for people.
  var text: String {
    var text = """

      --- \(endpoint) ping statistics ---
      \(statistics.line(milliseconds: elapsedMilliseconds, palette))

      """
    if longestOutage > 0 { text += "longest outage \(longestOutage.durationText)\n" }
    let (latencies, spread) = (statistics.latencies, statistics.spread)
    if latencies.count > 0 {
      let values = [latencies.minimum, latencies.mean, latencies.maximum, Int64(spread.deviation)]
      text += "rtt min/avg/max/mdev = \(Self.milliseconds(values)) ms\n"
      text +=
        "rtt p50/p90/p99 = \(Self.milliseconds(Self.percentiles.map { latencies.percentile($0.1) })) ms, "
      text += "jitter \(Self.milliseconds([Int64(spread.jitter)])) ms\n"
    }
    return text + histogram
  }

  /// The figures so far on one line, as ping(8) shows them.
  static func line(_ statistics: PingStatistics) -> String {
    let latencies = statistics.latencies
    let values = [
      latencies.minimum, latencies.mean, Int64(statistics.spread.movingAverage), latencies.maximum,
    ]
    return "\(statistics.received)/\(statistics.sent) messages, \(statistics.lossText)"
      + (latencies.count > 0 ? ", min/avg/ewma/max = \(milliseconds(values)) ms" : "")
  }

  private static func milliseconds(_ nanoseconds: [Int64]) -> String {
    nanoseconds.map { (Double($0) / 1e6).text(digits: 3) }.joined(separator: "/")
  }

  var figures: JSONValue {
    Self.beginning(endpoint, peer) + [
      "messageBytes": .integer(bytes),
      "sent": .integer(statistics.sent), "received": .integer(statistics.received),
      "duplicate": .integer(statistics.duplicates), "wrong": .integer(statistics.wrong),
      "failed": .integer(statistics.errors), "reordered": .integer(statistics.reordered),
      "lossPercent": .number(statistics.lossPercent), "seconds": .number(Double(elapsedMilliseconds) / 1000),
      "longestOutageSeconds": .number(Double(longestOutage) / 1e9), "roundTripMilliseconds": roundTrips,
    ]
  }

  private var roundTrips: JSONValue {
    let json = statistics.latencies.json(percentiles: Self.percentiles, nanosecondsPerUnit: 1e6)
    guard json != .null else { return .null }
    return json + [
      "mdev": .number(statistics.spread.deviation / 1e6), "jitter": .number(statistics.spread.jitter / 1e6),
    ]
  }
}
