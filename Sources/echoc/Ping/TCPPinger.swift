import ArgumentParser
import Sockets
import SystemPackage

/// Pings over one connection, one message at a time, and over a new one when the server has closed it. See tcp(7).
final class TCPPinger: Pinger {
  private enum Phase {
    /// No message is on its way.
    case idle
    /// A message waits for its connection.
    case connecting(ConnectRace)
    /// A message is on its way.
    case exchanging
  }

  private var peers: [Peer]
  private let session: PingSession
  private let loop: PingLoop
  private var exchange: StreamExchange?
  private var phase = Phase.idle
  private var last = 0
  private var begunAt: Int64 = 0

  /// Connects when the first message is sent.
  init(_ peers: [Peer], _ session: PingSession, _ loop: PingLoop) {
    (self.peers, self.session, self.loop) = (peers, session, loop)
  }

  var peer: Peer { peers[0] }
  var progress: PingSchedule.Progress { session.progress(canSend: canSend, isDone: canSend) }
  private var canSend: Bool { if case .idle = phase { true } else { false } }

  func send() throws(ExitCode) {
    last = try session.begin()
    begunAt = SystemClock.monotonicNanoseconds()
    try takeUnrequested()
    if let exchange { try start(exchange) } else { try connect() }
  }

  var wakeTime: Int64? {
    if case .connecting(let race) = phase { race.wakeTime.map { $0 * 1_000_000 } } else { nil }
  }

  func serve() throws(ExitCode) {
    switch (phase, exchange) {
    case (.connecting(let race), _): try advance(race)
    case (.exchanging, let exchange?): try advance(exchange)
    case (.idle, _), (_, nil): try takeUnrequested()
    }
  }

  func giveUp(after timeout: Int64, at now: Int64) throws(ExitCode) {
    guard !canSend, begunAt <= now - timeout else { return }
    let milliseconds = timeout / 1_000_000
    if case .connecting(let race) = phase {
      try fail("\(race.giveUp(afterMilliseconds: milliseconds))")
      // The timeout can be too short to come to all addresses.
      peers = race.order
    } else if let exchange {
      try fail("\(exchange.error(.timeout(milliseconds: milliseconds)))")
    }
  }

  func finish() throws(ExitCode) {
    try serve()
    if canSend { try takeUnrequested() }
  }

  func showFigures() { session.showFigures() }

  /// Connects to any of the addresses, and from then on only to that one.
  private func connect() throws(ExitCode) {
    exchange = nil
    let race = ConnectRace(peers)
    phase = .connecting(race)
    try advance(race)
  }

  private func advance(_ race: ConnectRace) throws(ExitCode) {
    do throws(LinkError) {
      exchange = try race.advance(loop.set, token: PingLoop.socketToken)
    } catch {
      return try fail("\(error)")
    }
    guard let exchange else { return }
    peers = [exchange.peer]
    try session.announce(peer)
    try start(exchange)
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
    case .ended where exchange.endedBeforeMessage: try connect()
    case .ended(let cause):
      let detail = exchange.reply.isEmpty ? "" : ": \(cause.text(from: peer))"
      try fail("\(exchange.error(cause))\(detail)")
    }
    if progress == .complete {
      phase = .idle
      try session.take(exchange.reply[...], to: last, from: peer)
    }
  }

  private func fail(_ reason: String) throws(ExitCode) {
    exchange = nil
    phase = .idle
    try session.fail(last, reason, at: peer)
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
