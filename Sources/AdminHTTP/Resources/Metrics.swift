import EchoCore

extension Resource {
  /// The same statistics in Prometheus's text format 0.0.4.
  static let metrics = Resource(
    path: "/metrics", summary: "the same statistics for Prometheus",
    content: .ofSnapshot { snapshot in
      Response(
        status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8",
        content: PrometheusText.text(snapshot))
    })
}

private enum PrometheusText {
  /// The document: every family with its HELP and TYPE, and a sample for each listener.
  static func text(_ snapshot: Snapshot) -> String {
    var text = ""
    write(
      Family(name: "echod_build_info", kind: .gauge, help: "Always 1; the version of echod is in the label."),
      [Sample(labels: [("version", snapshot.version)], value: "1")], to: &text)
    write(
      Family(
        name: "echod_start_time_seconds", kind: .gauge,
        help: "When echod started, in seconds since 1970 (UTC)."),
      [Sample(labels: [], value: "\(snapshot.startedAt)")], to: &text)
    for (family, figure) in statistics {
      let samples = snapshot.listeners.map { Sample(labels: labels($0), value: "\(figure($0.statistics))") }
      write(family, samples, to: &text)
    }
    write(drops, snapshot.listeners.flatMap(dropSamples), to: &text)
    return text
  }

  private struct Family {
    enum Kind: String {
      case counter
      case gauge
    }

    let name: String
    let kind: Kind
    let help: String
  }

  private struct Sample {
    let labels: [(name: String, value: String)]
    let value: String
  }

  private static var statistics: [(family: Family, figure: (Statistics) -> UInt64)] {
    [
      (
        Family(
          name: "echod_messages_received_total", kind: .counter,
          help: "Datagrams received; on TCP, receives that returned bytes."),
        \.messagesReceived
      ),
      (
        Family(name: "echod_messages_sent_total", kind: .counter, help: "Replies sent whole."),
        \.messagesSent
      ),
      (
        Family(name: "echod_bytes_received_total", kind: .counter, help: "Payload bytes received."),
        \.bytesReceived
      ),
      (
        Family(name: "echod_bytes_sent_total", kind: .counter, help: "Payload bytes sent."),
        \.bytesSent
      ),
      (
        Family(
          name: "echod_clients_current", kind: .gauge,
          help: "Open TCP connections; UDP endpoints heard from in the last 60 seconds."),
        \.clientsCurrent
      ),
      (
        Family(name: "echod_clients_seen_total", kind: .counter, help: "How often a client came new."),
        \.clientsTotal
      ),
      (
        Family(
          name: "echod_clients_evicted_total", kind: .counter,
          help: "UDP endpoints forgotten early because the table was full."),
        \.clientsEvicted
      ),
    ]
  }

  private static var drops: Family {
    Family(
      name: "echod_dropped_total", kind: .counter,
      help: "Messages and connections that got no reply, by reason.")
  }

  private static func dropSamples(_ listener: ListenerSnapshot) -> [Sample] {
    DropReason.allCases.map { reason in
      Sample(labels: labels(listener) + [("reason", reason.name)], value: "\(listener.statistics[reason])")
    }
  }

  private static func labels(_ listener: ListenerSnapshot) -> [(name: String, value: String)] {
    [
      ("listener", listener.name), ("transport", listener.transport.rawValue), ("service", listener.service),
    ]
  }

  private static func write(_ family: Family, _ samples: [Sample], to text: inout String) {
    text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
    for sample in samples {
      text += family.name
      if !sample.labels.isEmpty {
        text += "{" + sample.labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
      }
      text += " \(sample.value)\n"
    }
  }

  /// A label's value: backslash, quotation mark and line feed are escaped, nothing else.
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
