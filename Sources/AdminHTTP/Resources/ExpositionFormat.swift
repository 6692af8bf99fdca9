/// A format for metrics.
enum ExpositionFormat: CaseIterable, Sendable {
  /// Prometheus's text format 0.0.4.
  case prometheus
  /// OpenMetrics 1.0 as text.
  case openMetrics

  private static let counterSuffix = "_total"

  /// Its media type. Prometheus 3 also asks for a way to escape the names of metrics; ours need none.
  var mediaType: MediaType {
    switch self {
    case .prometheus:
      MediaType("text", "plain", ["version": "0.0.4", "charset": "utf-8"], implying: ["escaping"])
    case .openMetrics:
      MediaType(
        "application", "openmetrics-text", ["version": "1.0.0", "charset": "utf-8"], implying: ["escaping"])
    }
  }

  /// The format that the client wants: Prometheus's, unless it prefers OpenMetrics.
  init(preferredBy accept: Accept) {
    let (prometheus, openMetrics) = (Self.prometheus.mediaType, Self.openMetrics.mediaType)
    self = accept.quality(of: openMetrics) > accept.quality(of: prometheus) ? .openMetrics : .prometheus
  }

  /// The families in this format. A family without samples has only its HELP and TYPE.
  func text(_ families: [MetricFamily]) -> String {
    var text = ""
    for family in families { append(family, to: &text) }
    if self == .openMetrics { text += "# EOF\n" }
    return text
  }

  private func append(_ family: MetricFamily, to text: inout String) {
    // In OpenMetrics, only a counter's samples have the suffix.
    let hasShortName = self == .openMetrics && family.kind == .counter
    let name = hasShortName ? family.name.dropLast(Self.counterSuffix.count) : family.name[...]
    text += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind.rawValue)\n"
    for sample in family.samples {
      text += family.name
      if !sample.labels.isEmpty {
        let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
        text += "{" + labels.joined(separator: ",") + "}"
      }
      text += " \(sample.value)\n"
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
