import ArgumentParser
import Sockets
import SystemPackage

/// Pings over one connection, one message at a time, and over a new one when the server has closed it. See tcp(7).
final class TCPPinger: Pinger {
  private enum Phase {
    /// No message is on its way.
    case idle
    /// A message waits for its connection.
    case connecting(ConnectAttempts)
    /// A message is on its way.
    case exchanging
  }

  private(set) var peer: Peer
  private let peers: [Peer]
  private let session: PingSession
  private let loop: PingLoop
  private var exchange: StreamExchange?
  private var phase = Phase.idle
  private var last = 0
  private var begunAt: Int64 = 0

  /// Connects when the first message is sent.
  init(_ peers: [Peer], _ session: PingSession, _ loop: PingLoop) {
    (self.peers, self.session, self.loop) = (peers, session, loop)
    peer = peers[0]
  }

  var canSend: Bool { if case .idle = phase { true } else { false } }
  var isDone: Bool { canSend }

  func send() throws(ExitCode) {
    last = session.begin()
    begunAt = SystemClock.monotonicNanoseconds()
    try takeUnrequested()
    if let exchange { try start(exchange) } else { connect(ConnectAttempts(peers)) }
  }

  func serve() throws(ExitCode) {
    switch (phase, exchange) {
    case (.connecting(var attempts), let exchange?):
      do throws(Errno) {
        try exchange.finishConnecting()
      } catch {
        attempts.noteFailure(error)
        return connect(attempts)
      }
      try start(exchange)
    case (.exchanging, let exchange?): try advance(exchange)
    case (.idle, _), (_, nil): try takeUnrequested()
    }
  }

  func giveUp(begunBefore time: Int64) {
    guard !canSend, begunAt < time else { return }
    fail("no reply from \(peer) in time")
  }

  /// Starts to connect to the next address that does not refuse at once.
  private func connect(_ attempts: ConnectAttempts) {
    var attempts = attempts
    exchange = nil
    do throws(LinkError) {
      exchange = try attempts.next { peer throws(Errno) in
        self.peer = peer
        let exchange = try StreamExchange(connectingTo: peer)
        try exchange.add(to: loop.set, token: PingLoop.socketToken)
        return exchange
      }
      phase = .connecting(attempts)
    } catch {
      fail("\(error)")
    }
  }

  /// Sends the message; its time starts now.
  private func start(_ exchange: StreamExchange) throws(ExitCode) {
    exchange.begin(session.start(last))
    phase = .exchanging
    try advance(exchange)
  }

  private func advance(_ exchange: StreamExchange) throws(ExitCode) {
    let progress = exchange.advance()
    switch progress {
    case .waiting, .complete: exchange.updateInterest(in: loop.set, token: PingLoop.socketToken)
    case .ended where exchange.endedBeforeMessage: connect(ConnectAttempts(peers))
    case .ended(let cause):
      fail("\(exchange.error(cause))" + (exchange.reply.isEmpty ? "" : ": \(cause)"))
    }
    if progress == .complete {
      phase = .idle
      try session.take(exchange.reply[...], to: last, from: peer)
    }
  }

  private func fail(_ reason: String) {
    exchange = nil
    phase = .idle
    session.fail(last, reason)
  }

  /// Between two messages the server may close the connection, but not send.
  private func takeUnrequested() throws(ExitCode) {
    switch exchange?.receiveUnrequested() {
    case nil, .wouldBlock: return
    case .bytes: try session.takeUnrequested(from: peer)
    case .end: break
    }
    exchange = nil
  }
}
