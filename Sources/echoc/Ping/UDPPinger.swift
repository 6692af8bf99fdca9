import ArgumentParser
import Sockets
import SystemPackage

/// Pings in datagrams. See udp(7).
final class UDPPinger: Pinger {
  /// How many datagrams are taken before the loop checks whether it is time to send.
  private static let receivesPerTurn = 64

  private let session: PingSession
  private let link: DatagramLink
  private var last = 0

  /// Makes a socket that receives from the server alone.
  init(_ peer: Peer, _ session: PingSession, _ loop: PingLoop) throws(LinkError) {
    self.session = session
    link = try DatagramLink([peer], loop.set, token: PingLoop.socketToken)
  }

  var peer: Peer { link.peer }
  var progress: PingSchedule.Progress { session.progress(canSend: true, isDone: session.isComplete) }

  func send() throws(ExitCode) {
    last = try session.begin()
    do throws(Errno) {
      // A message for which there is no room is lost like any other.
      _ = try link.send(session.start(last))
    } catch {
      try session.fail(last, "\(link.sendError(error))", at: peer)
    }
    // Errors found while sending no longer make the socket ready.
    try serve()
  }

  func serve() throws(ExitCode) {
    for _ in 0..<Self.receivesPerTurn {
      switch link.take() {
      case .datagram(let datagram, let peer): try session.take(datagram, from: peer)
      case .failure(let failure): try note(failure)
      case nil: return
      }
    }
  }

  func finish() throws(ExitCode) { try serve() }

  func showFigures() { session.showFigures() }

  /// A late reply is shown when it comes.
  func giveUp(after timeout: Int64, at now: Int64) {}

  /// Notes that a message has no reply.
  private func note(_ failure: DatagramLink.Failure) throws(ExitCode) {
    let number = failure.message.withUnsafeBytes { bytes in
      bytes.count == MessageNumber.bytes ? MessageNumber.number(in: bytes) : nil
    }
    // The report can come after the next message was sent.
    let message = number.map(Int.init).flatMap { (1...last).contains($0) ? $0 : nil } ?? last
    let error = LinkError.noReply(failure.peer, .failed(failure.error))
    try session.fail(message, "\(error)", at: failure.peer)
  }
}
