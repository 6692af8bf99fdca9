import EchoCore
import Sockets

/// The result of a search for the largest datagram, as text and as JSON.
struct MTUReport: Report {
  var endpoint: ServerEndpoint
  /// The address that was used; `nil` when there is none.
  var peer: Peer?
  /// `nil` before the first datagram.
  var measurement: MTUMeasurement?
  var failure: ExitReason?

  var exitReason: ExitReason? {
    guard var reason = failure, let largest = measurement?.search.largest else { return failure }
    reason.text += "; so far, \(largest.counted("byte")) came back"
    return reason
  }

  /// The first line.
  static func heading(_ endpoint: ServerEndpoint, _ peer: Peer) -> String {
    "MTU \(endpoint) (\(peer)): datagrams that may not be fragmented"
  }

  /// The line of a trial.
  static func line(_ trial: MTUMeasurement.Trial) -> String {
    let attempts = trial.tries == 1 ? "" : ", \(trial.triesText)"
    return "\(trial.bytes.counted("byte")): \(text(trial.outcome))\(attempts)"
  }

  private static func text(_ outcome: MTUProber.Outcome) -> String {
    switch outcome {
    case .reply(let nanoseconds): "came back, time=\((Double(nanoseconds) / 1e6).text(digits: 3)) ms"
    case .tooLarge(.report(let report)):
      "too long\(report.mtu.map { " for an MTU of \($0) bytes" } ?? "") (reported by \(report.sender))"
    case .tooLarge(.interface): "too long for this machine's interface"
    case .tooLarge(.protocolLimit): "too long for a datagram"
    case .tooLarge(.silence): "no reply"
    case .failed(let error): "no reply: \(error.error)"
    case .wrong(let fault): "wrong reply: \(fault)"
    case .interrupted: "interrupted"
    }
  }

  /// The summary for people.
  var text: String {
    guard let search = measurement?.search, let largest = search.largest else { return "" }
    return """

      largest datagram  \(largest.counted("byte")), \(reason(search))
      path MTU          \(isLimitOfProtocol ? "at least " : "")\((largest + search.headerBytes).counted("byte")), with \
      \(search.headerBytes) bytes of headers

      """
  }

  private func reason(_ search: MTUSearch) -> String {
    switch search.obstacle {
    case .protocolLimit: "the longest possible"
    case .interface: "limited by this machine's interface"
    case .report(let report): "limited by a link that \(report.sender) reported"
    case .silence: "longer ones vanish without a report"
    }
  }

  private var isLimitOfProtocol: Bool { measurement?.search.obstacle == .protocolLimit }

  var figures: JSONValue {
    let search = measurement?.search
    let limit: JSONValue =
      switch search?.obstacle {
      case .protocolLimit: "protocol"
      case .interface: "interface"
      case .report: "report"
      case .silence: "silence"
      case nil: .null
      }
    return Self.beginning(endpoint, peer) + [
      "largestBytes": search?.largest.map { .integer($0) } ?? .null,
      "pathMTU": search.flatMap { search in search.largest.map { .integer($0 + search.headerBytes) } }
        ?? .null,
      "limitedBy": search?.largest == nil ? .null : limit,
      "trials": .array(measurement?.trials.map(Self.json) ?? []),
    ]
  }

  private static func json(_ trial: MTUMeasurement.Trial) -> JSONValue {
    let beginning: JSONValue = ["bytes": .integer(trial.bytes), "tries": .integer(trial.tries)]
    switch trial.outcome {
    case .reply(let nanoseconds):
      return beginning + ["result": "reply", "milliseconds": .number(Double(nanoseconds) / 1e6)]
    case .tooLarge(.report(let report)):
      return beginning + [
        "result": "report", "from": .string("\(report.sender)"),
        "mtu": report.mtu.map { .integer($0) } ?? .null,
      ]
    case .tooLarge(.interface): return beginning + ["result": "interface"]
    case .tooLarge, .failed, .interrupted: return beginning + ["result": "silence"]
    case .wrong: return beginning + ["result": "wrong"]
    }
  }
}
