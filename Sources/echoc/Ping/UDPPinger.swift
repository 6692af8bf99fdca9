import ArgumentParser
import Sockets
import SystemPackage

/// Pings in datagrams. See udp(7).
final class UDPPinger: Pinger {
  /// How many datagrams are taken before the loop checks whether it is time to send.
  private static let receivesPerTurn = 64

  private let session: PingSession
  private let loop: PingLoop
  private let link: DatagramLink
  private var last = 0

  /// Makes a socket that receives from the server alone.
  init(_ peers: [Peer], _ session: PingSession, _ loop: PingLoop) throws(LinkError) {
    (self.session, self.loop) = (session, loop)
    link = try DatagramLink(peers)
    try LinkError.preparing(addSocket)
  }

  var peer: Peer { link.peer }
  let canSend = true
  var isDone: Bool { session.isComplete }

  func send() throws(ExitCode) {
    last = session.begin()
    transmit()
  }

  func serve() throws(ExitCode) {
    for _ in 0..<Self.receivesPerTurn {
      switch Result(catching: { () throws(Errno) in try link.receive() }) {
      case .success(let datagram?): try session.take(datagram, from: peer)
      case .success(nil): return
      case .failure(let error): note(error)
      }
    }
  }

  /// A late reply is shown when it comes.
  func giveUp(begunBefore time: Int64) {}

  private func addSocket() throws(Errno) {
    try loop.set.add(link.socket.descriptor, for: .readable, token: PingLoop.socketToken)
  }

  private func transmit() {
    let message = session.start(last)
    do throws(Errno) {
      _ = try link.socket.send(message)
    } catch {
      // The error can be that of an earlier message, so this one is tried again.
      if !note(error) { _ = try? link.socket.send(message) }
    }
  }

  /// Notes an error, and returns whether the message was sent again, to the next address.
  @discardableResult
  private func note(_ error: Errno) -> Bool {
    guard link.tryNextAddress(), (try? addSocket()) != nil else {
      session.fail(last, "\(LinkError.noReply(peer, .failed(error)))")
      return false
    }
    transmit()
    return true
  }
}
