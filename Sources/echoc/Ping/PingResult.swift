import EchoCore

/// What the reports of all pings have in common.
protocol PingResult: Report {
  associatedtype Statistics: PingCounts
  var statistics: Statistics { get }
  /// The last address that was used; `nil` when there is none.
  var peer: Peer? { get }
  /// What was wrong first, and why a message first had no reply: standard error has them.
  var firstWrong: String? { get }
  var firstFailure: String? { get }
  /// Fewer replies are a failure.
  var leastReplies: Int { get }
  /// Whether the JSON object is the last of several, each on one line.
  var isLastOfLines: Bool { get }
}

extension PingResult {
  var exitReason: ExitReason? {
    if let failure { return failure }
    if statistics.wrong > 0 {
      return ExitReason(told: firstWrong, or: "a reply was wrong", ExitStatus.otherFailure)
    }
    guard statistics.received < leastReplies else { return nil }
    if statistics.received > 0 {
      return ExitReason("only \(statistics.received) of \(leastReplies) replies came in time", .failure)
    }
    return ExitReason(told: firstFailure, or: "no reply" + (peer.map { " from \($0)" } ?? ""), .failure)
  }

  var jsonText: String { isLastOfLines ? (["type": "summary"] + json).line() : json.text() }
}
