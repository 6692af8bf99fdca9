import EchoCore
import Logging
import Sockets
import SystemPackage

/// Accepts connections for a queue. While descriptors or memory run short, they wait in the kernel until others close.
final class Acceptor {
  /// How many connections are accepted per readiness event, before other members get their turn.
  static let defaultBatch = 64

  private let listening: SharedSocket<ListeningSocket>
  private let loop: EventLoop
  let intake: SocketIntake
  private let budget: ConnectionBudget
  private let settings: Settings
  private let batch: Int
  /// The loop's turn after the last accept: if the socket is ready again then, it has more.
  private var nextTurn: UInt64 = 0
  /// How many accepts have failed in a row.
  private var failures = 0

  /// - Parameters:
  ///   - backlog: the new backlog, if it changes. A socket that joined others on its port begins to listen with it.
  ///   - keepAlive: the connections' keepalive; `nil` for none.
  ///   - budget: counts a connection before it is accepted. Its owner gives it back.
  ///   - newcomers: what the log calls the waiting connections.
  init(
    _ listening: SharedSocket<ListeningSocket>, on loop: EventLoop, token: UInt64 = SocketIntake.token,
    backlog: Int? = nil, keepAlive: KeepAlive? = nil, budget: ConnectionBudget,
    newcomers: String = "new connections",
    batch: Int = Acceptor.defaultBatch, logger: Logger
  ) {
    self.listening = listening
    self.loop = loop
    let settings = Settings(backlog: backlog, keepAlive: AcceptedKeepAlive(keepAlive))
    self.settings = settings
    self.intake = SocketIntake(
      of: .tcp(listening), on: loop, token: token, pauseText: "\(newcomers) must wait until others close",
      logger: logger
    ) { (_) throws(Errno) in
      try settings.keepAlive.set(on: listening.socket)
      if let backlog = settings.backlog { try listening.socket.listen(backlog: backlog) }
    }
    self.budget = budget
    self.batch = batch
  }

  /// Identifies the listening socket: see ``Sockets/Descriptor/socketNumber``.
  var socketNumber: UInt64 { listening.socket.descriptor.socketNumber }

  /// Changes the backlog, and the keepalive of connections that are accepted from now on.
  func change(backlog: Int, keepAlive: KeepAlive?) {
    settings.backlog = backlog
    settings.keepAlive.change(to: keepAlive)
    intake.prepareAgain()
  }

  /// Accepts one connection, or a batch if the socket was ready in the previous turn too. An accept that finds nothing
  /// costs the kernel a socket, and clients often arrive one by one.
  func acceptBatch(_ admit: (consuming ListeningSocket.Accepted) -> Void) {
    let thereWereMore = loop.turn == nextTurn
    nextTurn = loop.turn &+ 1
    for number in 0..<(thereWereMore ? batch : 1) {
      // Readiness means that one connection is waiting. Whether there are more is unknown, so only the first can pause.
      guard acceptNext(admit, pausesAtLimit: number == 0) else { return }
    }
  }

  /// Accepts every waiting connection, as far as descriptors last, but no more than the largest backlog: others may
  /// arrive as fast as these are accepted.
  func acceptAll(_ admit: (consuming ListeningSocket.Accepted) -> Void) {
    for _ in 0..<Limits.backlog {
      guard acceptNext(admit, pausesAtLimit: true) else { return }
    }
  }

  /// Accepts all waiting connections, and stops listening: they have completed their handshake, and closing the socket
  /// would reset them. After a shortage it goes on listening, until a later call.
  func close(_ admit: (consuming ListeningSocket.Accepted) -> Void) {
    acceptAll(admit)
    if !intake.isPaused { stopListening() }
  }

  /// Done now, not after the last connection: the kernel would keep giving clients to the socket.
  func stopListening() {
    intake.close()
    try? listening.socket.stopListening()
  }

  /// Returns whether to try again at once.
  private func acceptNext(
    _ admit: (consuming ListeningSocket.Accepted) -> Void, pausesAtLimit: Bool
  ) -> Bool {
    guard intake.isOpen else { return false }
    // Before the accept: accepting and then closing a connection would lose the data it sent.
    guard budget.take() else {
      if pausesAtLimit { pause(because: "the limit of \(budget.limit) is reached") }
      return false
    }
    do throws(Errno) {
      if let accepted = try listening.socket.accept() {
        failures = 0
        settings.keepAlive.complete(accepted.socket)
        admit(accepted)
        return true
      }
    } catch {
      budget.giveBack()
      failures += 1
      // After many failures in a row, pause: a filter that forbids accept(2) leaves the socket ready all the time.
      if ListeningSocket.isOfOneConnection(error), failures < batch { return true }
      pause(because: "\(error)", error)
      return false
    }
    budget.giveBack()
    return false
  }

  /// The settings that the listening socket is prepared with.
  private final class Settings {
    var backlog: Int?
    let keepAlive: AcceptedKeepAlive

    init(backlog: Int?, keepAlive: AcceptedKeepAlive) {
      (self.backlog, self.keepAlive) = (backlog, keepAlive)
    }
  }

  private func pause(because reason: String, _ error: Errno? = nil) {
    failures = 0
    intake.pause(because: reason, error)
  }
}
