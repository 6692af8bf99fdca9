import EchoCore

extension Resource {
  /// The statistics in Prometheus's text format 0.0.4.
  static let metrics = Resource(
    path: "/metrics", summary: "the same for Prometheus",
    answer: { _ in
      .ofSnapshot { snapshot in
        Response(
          status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8",
          content: PrometheusText.text(snapshot))
      }
    })
}

private enum PrometheusText {
  /// Every metric with its HELP and TYPE, and a sample for each listener.
  static func text(_ snapshot: Snapshot) -> String {
    var text = ""
    write(
      "echod_build_info", isGauge: true, "Always 1; the version of echod is in the label.",
      [([("version", snapshot.version)], "1")], to: &text)
    write(
      "echod_start_time_seconds", isGauge: true, "When echod started, in seconds since 1970 (UTC).",
      [([], "\(snapshot.startedAt)")], to: &text)
    for statistic in Statistic.allCases {
      let samples = snapshot.listeners.map { (labels($0), "\($0.statistics[statistic])") }
      let row = statistic.row
      write(row.metric, isGauge: row.isGauge, row.help, samples, to: &text)
    }
    let drops = snapshot.listeners.flatMap { listener in
      DropReason.allCases.map { reason in
        (labels(listener) + [("reason", reason.name)], "\(listener.statistics[reason])")
      }
    }
    write(
      "echod_dropped_total", isGauge: false, "Messages and connections that got no reply, by reason.", drops,
      to: &text)
    return text
  }

  private typealias Label = (name: String, value: String)

  private static func labels(_ listener: ListenerSnapshot) -> [Label] {
    let configuration = listener.configuration
    return [
      ("listener", configuration.name), ("transport", configuration.transport.rawValue),
      ("service", configuration.service),
    ]
  }

  private static func write(
    _ name: String, isGauge: Bool, _ help: String, _ samples: [(labels: [Label], value: String)],
    to text: inout String
  ) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(isGauge ? "gauge" : "counter")\n"
    for (labels, value) in samples {
      text += name
      if !labels.isEmpty {
        text += "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
      }
      text += " \(value)\n"
    }
  }

  /// The value of a label, in which only backslash, quotation mark and line feed are escaped.
  private static func escaped(_ value: String) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
