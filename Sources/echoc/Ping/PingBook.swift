import ArgumentParser
import Sockets
import SystemPackage

/// What a ping sends, what became of it, and a line for each reply as it comes.
final class PingBook {
  let messages: PingMessages
  private(set) var ledger = PingLedger()
  private let console: Console
  private let isQuiet: Bool

  /// A book that prints replies unless it is quiet. What is wrong goes to standard error in any case.
  init(bytes: Int, _ console: Console, isQuiet: Bool) {
    messages = PingMessages(bytes: bytes)
    self.console = console
    self.isQuiet = isQuiet
  }

  /// Whether something became of every message.
  var isSettled: Bool { ledger.received + ledger.errors >= ledger.sent }

  /// Begins the next message.
  func begin() -> Int { ledger.send(at: Host.monotonicNanoseconds()) }

  /// Begins the time of a message anew, and returns its bytes.
  func restart(_ message: Int) -> [UInt8] {
    let bytes = messages.message(UInt32(truncatingIfNeeded: message))
    ledger.restart(message, at: Host.monotonicNanoseconds())
    return bytes
  }

  /// Takes the reply to a message that is known.
  func take(_ reply: ArraySlice<UInt8>, to message: Int, from remote: Remote) throws(ExitCode) {
    try show(ledger.judge(reply, to: message, of: messages, at: Host.monotonicNanoseconds()), from: remote)
  }

  /// Takes a datagram.
  func take(_ datagram: ArraySlice<UInt8>, from remote: Remote) throws(ExitCode) {
    try show(ledger.judge(datagram, of: messages, at: Host.monotonicNanoseconds()), from: remote)
  }

  /// Takes bytes that are no reply to anything.
  func takeExcess(from remote: Remote) throws(ExitCode) {
    try show(ledger.refuse(.excess, to: nil), from: remote)
  }

  /// Notes why there is no reply to a message.
  func fail(_ message: Int, _ reason: String) {
    ledger.fail()
    console.complain("seq=\(message) \(reason)")
  }

  private func show(_ verdict: PingLedger.Verdict, from remote: Remote) throws(ExitCode) {
    switch verdict {
    case .reply(let message, let nanoseconds): try printLine(message, nanoseconds, remote)
    case .duplicate(let message, let nanoseconds): try printLine(message, nanoseconds, remote, " (duplicate)")
    case .wrong(let message, let fault):
      console.complain("\(message.map { "seq=\($0) " } ?? "")wrong reply from \(remote): \(fault)")
    }
  }

  private func printLine(
    _ message: Int, _ nanoseconds: Int64, _ remote: Remote, _ note: String = ""
  ) throws(ExitCode) {
    guard !isQuiet else { return }
    let time = (Double(nanoseconds) / 1e6).text(digits: 3)
    try console.write(
      "\(messages.bytes.counted("byte")) from \(remote): seq=\(message) time=\(time) ms\(note)\n")
  }
}
