import EchoCore

/// The summary of a STAMP session for people.
struct StampSummary {
  let report: StampReport
  private var statistics: StampStatistics { report.statistics }

  init(report: StampReport) { self.report = report }

  /// All lines.
  var text: String {
    let counts = statistics.line(milliseconds: report.elapsedMilliseconds, report.palette)
    let lines = ["", "--- \(report.endpoint) ping statistics ---", counts] + loss + times + markings + notes
    return lines.joined(separator: "\n") + "\n"
  }

  private var loss: [String] {
    var lines = report.longestOutage > 0 ? ["longest outage \(report.longestOutage.durationText)"] : []
    guard statistics.received > 0 else { return lines }
    if let loss = statistics.loss {
      lines.append(
        "lost there/back = \(loss.there)/\(loss.back)\(loss.unknown > 0 ? ", unknown \(loss.unknown)" : "")")
      if statistics.reordered > 0, statistics.keepsSessions == true {
        lines.append("reordered there/back = \(statistics.reorderedThere)/\(statistics.reorderedBack)")
      }
    } else if statistics.sent > statistics.received {
      switch statistics.keepsSessions {
      case false?: lines.append("the reflector is stateless, so the direction of the loss is unknown")
      case true?:
        lines.append(
          "the reflector counts more than this session, so the direction of the loss is unknown")
      case nil:
        lines.append("the direction of the loss is unknown: no probe of the reflector was answered")
      }
    }
    return lines
  }

  private var times: [String] {
    guard statistics.received > 0 else { return [] }
    let (roundTrips, reflector) = (statistics.roundTrips, statistics.reflectorTimes)
    let rtt = [roundTrips.minimum, roundTrips.mean, roundTrips.maximum, Int64(statistics.spread.deviation)]
    var lines = [
      "rtt min/avg/max/mdev = \(milliseconds(rtt)) ms",
      "rtt p50/p90/p99 = \(milliseconds(StampReport.percentiles.map { roundTrips.percentile($0.1) })) ms",
      "reflector min/avg/max = \(milliseconds([reflector.minimum, reflector.mean, reflector.maximum])) ms",
    ]
    let directions = [("there", statistics.there), ("back", statistics.back)]
    if statistics.received > 1 {
      let jitters = directions.map { Int64($0.1.jitter) }
      lines.append("jitter there/back = \(milliseconds(jitters)) ms")
      for (name, direction) in directions {
        let variation = StampReport.percentiles.map { direction.variation($0.1) }
        lines.append("variation \(name) p50/p90/p99 = \(milliseconds(variation)) ms")
      }
    }
    return lines + (report.hasOneWay ? directions.map { oneWay($0.0, $0.1.oneWay) } : [])
  }

  private func oneWay(_ name: String, _ times: SignedLatencies) -> String {
    let values =
      [times.minimum, times.mean, times.maximum] + StampReport.percentiles.map { times.percentile($0.1) }
    let error = statistics.findings.clockErrorSeconds.map { " ± \(($0 * 1000).limitedText)" } ?? ""
    return "one-way \(name) min/avg/max/p50/p90/p99 = \(milliseconds(values))\(error) ms"
  }

  private var markings: [String] {
    var lines: [String] = []
    if let markings = statistics.findings.markings, statistics.received > 0 {
      let there = markings.there.isEmpty ? "unknown" : Self.text(markings.there)
      let refused =
        markings.refused > 0 ? ", refused by the reflector \(markings.refused.counted("time"))" : ""
      lines.append(
        "DSCP \(markings.sent) arrived there as \(there), back as \(Self.text(markings.back))\(refused)")
    }
    if let counts = statistics.findings.directMeasurement {
      lines.append(
        "direct measurement: \(counts.sent) sent, \(counts.received) received there, \(counts.returned) returned"
      )
    }
    return lines
  }

  /// `46`, or `0 (3), 46 (7)` with the count of each.
  private static func text(_ counts: [UInt8: Int]) -> String {
    if counts.count == 1, let only = counts.keys.first { return "\(only)" }
    return counts.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
  }

  private var notes: [String] {
    var notes: [String] = []
    if statistics.losses.restarts > 0 {
      notes.append("the reflector's count restarted \(statistics.losses.restarts.counted("time"))")
    }
    if !statistics.findings.unknownTLVs.isEmpty {
      let names = statistics.findings.unknownTLVs.map(\.rawValue).sorted().map { "\($0)" }.joined(
        separator: ", ")
      notes.append("the reflector does not support TLV \(names)")
    }
    if statistics.clockStep != 0 {
      notes.append(
        "this machine's clock was stepped by \(statistics.clockStep.signedDurationText) during the run")
    }
    return notes.map { "note: \($0)" }
  }

  /// The figures so far on one line, as ping(8) shows them.
  static func line(_ statistics: StampStatistics) -> String {
    let times = statistics.roundTrips
    let values = [times.minimum, times.mean, Int64(statistics.spread.movingAverage), times.maximum]
    let lost = statistics.loss.map { ", lost there/back \($0.there)/\($0.back)" } ?? ""
    return "\(statistics.received)/\(statistics.sent) messages, \(statistics.lossText)\(lost)"
      + (times.count > 0 ? ", min/avg/ewma/max = \(milliseconds(values)) ms" : "")
  }

  private static func milliseconds(_ nanoseconds: [Int64]) -> String {
    nanoseconds.map { (Double($0) / 1e6).limitedText }.joined(separator: "/")
  }

  private func milliseconds(_ nanoseconds: [Int64]) -> String { Self.milliseconds(nanoseconds) }
}

extension Double {
  /// With three digits after the point; if it is too large for that, as a multiple of 10^9.
  fileprivate var limitedText: String {
    magnitude < 1e12 ? text(digits: 3) : "\((self / 1e9).text(digits: 0))e9"
  }
}

extension Int64 {
  fileprivate var signedDurationText: String {
    (self < 0 ? "-" : "") + Int64(clamping: magnitude).durationText
  }
}
