import EchoCore
import ArgumentParser
import Sockets

/// What a ping sends, its statistics, its first line, and the line that is printed for each reply.
final class PingSession {
  let messages: PingMessages
  private(set) var statistics = PingStatistics()
  /// What was wrong first, and why a message first had no reply.
  private(set) var firstWrong: String?
  private(set) var firstFailure: String?
  private let endpoint: ServerEndpoint
  private let output: PingOutput
  private var isAnnounced = false

  /// A session with a server, according to a plan.
  init(_ endpoint: ServerEndpoint, _ plan: PingPlan, _ output: PingOutput) {
    messages = PingMessages(bytes: plan.messageBytes)
    self.endpoint = endpoint
    self.output = output
  }

  /// The colors of standard output.
  var palette: Palette { output.palette }

  /// Prints the first line, which names the address that is used, unless it was printed before.
  func announce(_ peer: Peer) throws(ExitCode) {
    guard !isAnnounced else { return }
    isAnnounced = true
    try output.heading("PING \(endpoint) (\(peer)): \(messages.bytes.counted("byte"))")
  }

  /// Whether each message has its reply or an error.
  var isComplete: Bool { statistics.received + statistics.errors >= statistics.sent }

  /// The progress of the ping, with what the transport knows.
  func progress(canSend: Bool, isDone: Bool) -> PingSchedule.Progress {
    PingSchedule.Progress(
      sent: statistics.sent, received: statistics.received, canSend: canSend, isDone: isDone)
  }

  /// Begins the next message and returns its number.
  func begin() throws(ExitCode) -> Int {
    try output.sent()
    return statistics.begin(at: SystemClock.monotonicNanoseconds())
  }

  /// Starts the time of a message, just before it is sent, and returns its bytes.
  func start(_ message: Int) -> [UInt8] {
    let bytes = messages.message(UInt32(truncatingIfNeeded: message))
    statistics.start(message, at: SystemClock.monotonicNanoseconds())
    return bytes
  }

  /// Takes the reply to a known message.
  func take(_ reply: ArraySlice<UInt8>, to message: Int, from peer: Peer) throws(ExitCode) {
    try show(
      statistics.judge(reply, to: message, of: messages, at: SystemClock.monotonicNanoseconds()), from: peer)
  }

  /// Takes a datagram, and finds its message.
  func take(_ datagram: ArraySlice<UInt8>, from peer: Peer) throws(ExitCode) {
    try show(statistics.judge(datagram, of: messages, at: SystemClock.monotonicNanoseconds()), from: peer)
  }

  /// Takes bytes that no message asked for.
  func takeUnrequested(from peer: Peer) throws(ExitCode) {
    try show(statistics.refuse(.excess, to: nil), from: peer)
  }

  /// Notes why a message to an address has no reply.
  func fail(_ message: Int, _ reason: String, at peer: Peer) throws(ExitCode) {
    try announce(peer)
    statistics.fail()
    firstFailure = firstFailure ?? reason
    output.complain("seq=\(message) \(reason)")
  }

  /// Prints the figures so far on standard error.
  func showFigures() { output.figures(PingReport.line(statistics)) }

  private func show(_ verdict: PingStatistics.Verdict, from peer: Peer) throws(ExitCode) {
    try announce(peer)
    switch verdict {
    case .reply(let message, let nanoseconds): try show(message, nanoseconds, peer)
    case .duplicate(let message, let nanoseconds): try show(message, nanoseconds, peer, isDuplicate: true)
    case .wrong(let message, let fault):
      let text = "wrong reply from \(peer): \(fault)"
      firstWrong = firstWrong ?? text
      output.complain("\(message.map { "seq=\($0) " } ?? "")\(text)")
    }
  }

  private func show(
    _ message: Int, _ nanoseconds: Int64, _ peer: Peer, isDuplicate: Bool = false
  ) throws(ExitCode) {
    let milliseconds = Double(nanoseconds) / 1e6
    let note = isDuplicate ? output.palette.paint(" (duplicate)", .yellow) : ""
    try output.received(
      isDuplicate: isDuplicate,
      line: "\(messages.bytes.counted("byte")) from \(peer): seq=\(message) "
        + "time=\(milliseconds.text(digits: 3)) ms\(note)",
      object: [
        "address": .string("\(peer.endpoint.zonedAddress)"), "port": .integer(Int(peer.endpoint.port)),
        "bytes": .integer(messages.bytes), "sequence": .integer(message),
        "milliseconds": .number(milliseconds),
        "isDuplicate": .bool(isDuplicate),
      ])
  }
}
