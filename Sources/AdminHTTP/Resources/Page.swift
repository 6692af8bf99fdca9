public import EchoCore

/// The live page: one HTML document, which requests nothing but /stats and /clients.
public enum Page {
  /// The document with the figures of a snapshot, so that a browser without JavaScript shows them too.
  ///
  /// Everything that comes from the configuration is escaped.
  public static func document(_ snapshot: Snapshot) -> String {
    let totals = Figures(snapshot.totals)
    let count = snapshot.listeners.count
    return PageSource.page(
      state: snapshot.state.rawValue,
      version: escaped(snapshot.version),
      uptime: duration(snapshot.uptimeSeconds),
      started: dateAndTime(snapshot.startedAt),
      asOf: dateAndTime(snapshot.startedAt &+ wholeSeconds(snapshot.uptimeSeconds)),
      uptimeSeconds: "\(snapshot.uptimeSeconds)",
      listenerCount: "\(count)",
      messagesReceived: totals.messagesReceived, messagesSent: totals.messagesSent,
      bytesReceived: totals.bytesReceived, bytesSent: totals.bytesSent,
      clientsCurrent: totals.clientsCurrent, clientsTotal: totals.clientsTotal,
      droppedTotal: totals.droppedTotal,
      rows: snapshot.listeners.map(row).joined(separator: "\n"),
      rowTemplate: emptyRow,
      dropTemplate: PageSource.drop(reason: "", figure: figure("drops")))
  }

  /// The value of the Content-Security-Policy field that the document needs: nothing but its own style, its own script,
  /// its icon, and requests to the server that it came from. See CSP Level 3, section 6.
  public static let contentSecurityPolicy = [
    "default-src 'none'", "script-src \(PageSource.scriptHash)", "style-src \(PageSource.styleHash)",
    "connect-src 'self'", "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")

  private static func row(_ listener: ListenerSnapshot) -> String {
    let configuration = listener.configuration
    let address = "\(listener.zonedAddress)"
    return row(
      name: configuration.name, transport: configuration.transport.rawValue,
      endpoint: (listener.endpoint.address.isIPv4 ? address : "[\(address)]") + ":\(listener.endpoint.port)",
      service: configuration.service,
      marks: marks(listener),
      figures: Figures(listener.statistics),
      drops: DropReason.allCases.filter { listener.statistics[$0] > 0 }.map { reason in
        PageSource.drop(
          reason: reason.name, figure: figure("drops.\(reason.name)", listener.statistics[reason]))
      }.joined())
  }

  /// What is unusual about a listener, in the words that the script uses too.
  private static func marks(_ listener: ListenerSnapshot) -> String {
    let count = listener.silentQueues
    let queues =
      #"<span data-mark="queues">\#(count) \#(count == 1 ? "queue" : "queues") not answering</span>"#
    let open = #"<span data-mark="public">open beyond private networks</span>"#
    let impaired = #"<span data-mark="impaired">\#(impairments(listener.statistics))</span>"#
    return (count > 0 ? queues : "") + (listener.isOpenToPublic ? open : "")
      + (listener.configuration.impair != nil ? impaired : "")
  }

  private static func impairments(_ statistics: Statistics) -> String {
    let kinds = ImpairmentKind.allCases.filter { statistics[$0] > 0 }
      .map { "\(grouped(statistics[$0])) \($0.name)" }
    return "impaired on purpose" + (kinds.isEmpty ? "" : ": " + kinds.joined(separator: ", "))
  }

  /// What the script copies for a listener that is added later.
  private static let emptyRow = row(
    name: "", transport: "", endpoint: "", service: "", marks: "", figures: Figures(Statistics()), drops: "")

  private static func row(
    name: String, transport: String, endpoint: String, service: String, marks: String, figures: Figures,
    drops: String
  ) -> String {
    PageSource.row(
      name: escaped(name), transport: escaped(transport), endpoint: escaped(endpoint),
      service: escaped(service),
      marks: marks, messagesReceived: figures.messagesReceived, messagesSent: figures.messagesSent,
      bytesReceived: figures.bytesReceived, bytesSent: figures.bytesSent,
      clientsCurrent: figures.clientsCurrent,
      clientsTotal: figures.clientsTotal, droppedTotal: figures.droppedTotal, drops: drops)
  }

  /// The figures of a listener, or of all, as elements.
  private struct Figures {
    let messagesReceived, messagesSent, bytesReceived, bytesSent, clientsCurrent, clientsTotal,
      droppedTotal: String

    init(_ statistics: Statistics) {
      messagesReceived = figure("messages.received", statistics[.messagesReceived])
      messagesSent = figure("messages.sent", statistics[.messagesSent])
      bytesReceived = figure("bytes.received", statistics[.bytesReceived])
      bytesSent = figure("bytes.sent", statistics[.bytesSent])
      clientsCurrent = figure("clients.current", statistics[.clientsCurrent])
      clientsTotal = figure("clients.total", statistics[.clientsTotal])
      droppedTotal = figure("dropped.total", statistics.droppedTotal)
    }
  }

  private static func figure(_ name: String, _ value: UInt64 = 0) -> String {
    "<data data-figure=\"\(name)\" value=\"\(value)\">\(grouped(value))</data>"
  }

  /// The digits in groups of three, as in `12,345`.
  static func grouped(_ value: UInt64) -> String {
    let digits = Array("\(value)")
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// The two largest units, as in `3 d 4 h`.
  static func duration(_ seconds: Double) -> String {
    let seconds = wholeSeconds(seconds)
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60)
    if days > 0 { return "\(days) d \(hours) h" }
    if hours > 0 { return "\(hours) h \(minutes) min" }
    return minutes > 0 ? "\(minutes) min \(seconds % 60) s" : "\(seconds) s"
  }

  /// The time as `2026-11-22 16:43:00 UTC`.
  private static func dateAndTime(_ secondsSince1970: Int) -> String {
    Timestamp.text(secondsSince1970: secondsSince1970).replacing("T", with: " ").replacing("Z", with: " UTC")
  }

  private static func wholeSeconds(_ seconds: Double) -> Int { Int(exactly: seconds.rounded(.down)) ?? 0 }

  /// The text as content or as a quoted attribute value (HTML, sections 13.1.2.3 and 13.1.4).
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
