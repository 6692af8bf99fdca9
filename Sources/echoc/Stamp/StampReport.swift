import ArgumentParser
import EchoCore

/// The summary of a session of STAMP, as JSON. ``StampSummary`` is the text.
struct StampReport: PingResult {
  static let percentiles = [("p50", 50.0), ("p90", 90), ("p99", 99)]

  var endpoint: ServerEndpoint
  var plan: StampPlan
  var statistics: StampStatistics
  /// The address that was used; `nil` when there is none.
  var peer: Peer?
  /// The first wrong reply, and the first reason for no reply, as standard error has them.
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
  init(_ endpoint: ServerEndpoint, _ ping: PingPlan, _ plan: StampPlan, _ session: StampSession) {
    (self.endpoint, self.plan) = (endpoint, plan)
    // Not the session's own, which would be copied as soon as the first message begins.
    statistics = StampStatistics(plan, session.statistics.requests)
    isLastOfLines = ping.output.hasOneObjectPerLine
    leastReplies = ping.leastReplies
  }

  /// Takes the figures of a session that lasted from one time to another, in nanoseconds of the monotonic clock.
  mutating func take(_ session: StampSession, from start: Int64, to end: Int64) {
    elapsedMilliseconds = (end - start) / 1_000_000
    statistics = session.statistics
    longestOutage = statistics.longestOutage(until: end)
    (firstWrong, firstFailure) = (session.firstWrong, session.firstFailure)
  }

  /// Draws the histogram after the summary.
  mutating func drawHistogram(columns: Int) {
    let chart = HistogramChart(statistics.roundTrips).text(columns: columns, palette)
    if !chart.isEmpty { histogram = "\n\(chart)" }
  }

  var text: String { StampSummary(report: self).text + histogram }

  var figures: JSONValue { Self.beginning(endpoint, peer) + counts + times + reflector }

  /// Whether one-way times are shown. If our clock was set, it had been wrong.
  var hasOneWay: Bool { statistics.there.oneWay.count > 0 && (plan.showsOneWay || statistics.clockStep == 0) }

  private var counts: JSONValue {
    let (loss, losses) = (statistics.loss, statistics.losses)
    let hasNumbers = statistics.keepsSessions == true
    return [
      "messageBytes": .integer(statistics.requests.byteCount),
      "sent": .integer(statistics.sent), "received": .integer(statistics.received),
      "duplicate": .integer(statistics.duplicates), "wrong": .integer(statistics.wrong),
      "failed": .integer(statistics.errors), "lossPercent": .number(statistics.lossPercent),
      "lost": loss.map {
        ["there": .integer($0.there), "back": .integer($0.back), "unknown": .integer($0.unknown)]
      } ?? .null,
      "reordered": .integer(statistics.reordered),
      "reorderedThere": !hasNumbers ? .null : .integer(statistics.reorderedThere),
      "reorderedBack": !hasNumbers ? .null : .integer(statistics.reorderedBack),
      "stateful": statistics.keepsSessions.map(JSONValue.bool) ?? .null,
      "restarts": .integer(losses.restarts),
      "seconds": .number(Double(elapsedMilliseconds) / 1000),
      "longestOutageSeconds": .number(Double(longestOutage) / 1e9),
    ]
  }

  private var times: JSONValue {
    [
      "roundTripMilliseconds": roundTrips,
      "reflectorMilliseconds": statistics.reflectorTimes.json(
        percentiles: Self.percentiles, nanosecondsPerUnit: 1e6),
      "there": direction(statistics.there), "back": direction(statistics.back),
      "clockErrorMilliseconds": hasOneWay
        ? statistics.findings.clockErrorSeconds.map { .number($0 * 1000) } ?? .null : .null,
      "clockStepMilliseconds": .number(Double(statistics.clockStep) / 1e6),
    ]
  }

  private var roundTrips: JSONValue {
    let json = statistics.roundTrips.json(percentiles: Self.percentiles, nanosecondsPerUnit: 1e6)
    return json == .null ? .null : json + ["mdev": .number(statistics.spread.deviation / 1e6)]
  }

  private func direction(_ direction: StampDirection) -> JSONValue {
    guard direction.times.count > 0 else { return .null }
    let variation = Self.percentiles.map { name, percentile in
      JSONValue.Member(name, .number(Double(direction.variation(percentile)) / 1e6))
    }
    return [
      "jitterMilliseconds": direction.times.count > 1 ? .number(direction.jitter / 1e6) : .null,
      "variationMilliseconds": .object(variation),
      "oneWayMilliseconds": hasOneWay
        ? direction.oneWay.json(percentiles: Self.percentiles, nanosecondsPerUnit: 1e6) : .null,
    ]
  }

  private var reflector: JSONValue {
    let counts = statistics.findings.directMeasurement
    return [
      "sessionID": .integer(Int(statistics.requests.sessionID)),
      "repeatsSessionID": statistics.received == 0 ? .null : .bool(statistics.findings.hasSessionID),
      "timestamps": .string(plan.format.rawValue),
      "reflectorTimestamps": statistics.findings.format.map { .string($0.rawValue) } ?? .null,
      "unknownTLVs": .array(
        statistics.findings.unknownTLVs.map(\.rawValue).sorted().map { .integer(Int($0)) }),
      "dscp": statistics.findings.markings.map(Self.json) ?? .null,
      "directMeasurement": counts.map {
        [
          "sent": .integer(Int($0.sent)), "received": .integer(Int($0.received)),
          "returned": .integer(Int($0.returned)),
        ]
      } ?? .null,
      "kernelTimes": [
        "departures": .integer(statistics.kernelDepartures), "arrivals": .integer(statistics.kernelArrivals),
      ],
    ]
  }

  private static func json(_ markings: StampMarkings) -> JSONValue {
    func counts(_ counts: [UInt8: Int]) -> JSONValue {
      .object(counts.sorted { $0.key < $1.key }.map { JSONValue.Member("\($0.key)", .integer($0.value)) })
    }
    return [
      "sent": .integer(Int(markings.sent)), "there": counts(markings.there), "back": counts(markings.back),
      "refused": .integer(markings.refused),
    ]
  }
}
