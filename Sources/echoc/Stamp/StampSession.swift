import ArgumentParser
import EchoCore
import Sockets

/// A session of STAMP: its statistics, its first line, and what is printed for each reply.
final class StampSession {
  var statistics: StampStatistics
  /// The first wrong reply, and the first reason for no reply.
  private(set) var firstWrong: String?
  private(set) var firstFailure: String?
  private let endpoint: ServerEndpoint
  private let output: PingOutput
  private var isAnnounced = false

  /// A session with a reflector.
  init(_ endpoint: ServerEndpoint, _ plan: StampPlan, _ output: PingOutput) {
    statistics = StampStatistics(plan, StampRequests(plan, sessionID: .random(in: 1 ... .max)))
    self.endpoint = endpoint
    self.output = output
  }

  /// Prints the first line, which names the address that is used, unless it was printed before.
  func announce(_ peer: Peer) throws(ExitCode) {
    guard !isAnnounced else { return }
    isAnnounced = true
    try output.heading("PING \(endpoint) (\(peer)): \(statistics.requests.byteCount.counted("byte"))")
  }

  /// Whether each message has its reply or an error.
  var isComplete: Bool { statistics.received + statistics.errors >= statistics.sent }

  /// Takes a datagram.
  func take(_ arrival: StampArrival, from peer: Peer) throws(ExitCode) {
    switch statistics.judge(arrival) {
    case .reply(let measurement): try show(measurement, bytes: arrival.bytes.count, peer)
    case .wrong(let message, let fault):
      let text = "wrong reply from \(peer): \(fault)"
      firstWrong = firstWrong ?? text
      output.complain("\(message.map { "seq=\($0) " } ?? "")\(text)")
    }
  }

  /// Notes why a message has no reply.
  func fail(_ message: Int, _ reason: String) {
    statistics.fail()
    firstFailure = firstFailure ?? reason
    output.complain("seq=\(message) \(reason)")
  }

  /// The colors of standard output.
  var palette: Palette { output.palette }

  /// The progress of the session.
  var progress: PingSchedule.Progress {
    PingSchedule.Progress(
      sent: statistics.sent, received: statistics.received, canSend: true, isDone: isComplete)
  }

  /// Begins a message: shows that one is about to be sent.
  func begin() throws(ExitCode) { try output.sent() }

  /// Prints the figures so far on standard error.
  func showFigures() { output.figures(StampSummary.line(statistics)) }

  private func show(_ measurement: StampMeasurement, bytes: Int, _ peer: Peer) throws(ExitCode) {
    let notes = [(measurement.isDuplicate, "duplicate"), (measurement.isReordered, "reordered")]
      .filter(\.0).map { output.palette.paint(" (\($0.1))", .yellow) }.joined()
    try output.received(
      isDuplicate: measurement.isDuplicate, line: measurement.line(bytes: bytes, from: peer) + notes,
      object: measurement.json(bytes: bytes, from: peer))
  }
}

extension StampMeasurement {
  /// The line for people.
  func line(bytes: Int, from peer: Peer) -> String {
    var line = "\(bytes.counted("byte")) from \(peer.endpoint.zonedAddress): seq=\(message)"
    line += " time=\(Self.text(roundTrip)) ms reflector=\(Self.text(reflectorTime)) ms"
    if let hops { line += " hops=\(hops)" }
    if let there, let back { line += " there=\(Self.text(there)) ms back=\(Self.text(back)) ms" }
    return line
  }

  /// The object for programs.
  func json(bytes: Int, from peer: Peer) -> JSONValue {
    func milliseconds(_ time: Int64?) -> JSONValue { time.map { .number(Double($0) / 1e6) } ?? .null }
    return [
      "address": .string("\(peer.endpoint.zonedAddress)"), "port": .integer(Int(peer.endpoint.port)),
      "bytes": .integer(bytes), "sequence": .integer(message), "milliseconds": milliseconds(roundTrip),
      "reflectorMilliseconds": milliseconds(reflectorTime), "hops": hops.map(JSONValue.integer) ?? .null,
      "thereMilliseconds": milliseconds(there), "backMilliseconds": milliseconds(back),
      "reflectorSequence": .integer(Int(reflectorSequence)), "isDuplicate": .bool(isDuplicate),
      "isReordered": .bool(isReordered),
    ]
  }

  private static func text(_ nanoseconds: Int64) -> String { (Double(nanoseconds) / 1e6).text(digits: 3) }
}
