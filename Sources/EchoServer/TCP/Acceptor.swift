import EchoCore
import Logging
import Sockets
import SystemPackage

/// Takes connections from a listening socket for the queue that owns it. While the process is short of descriptors or
/// memory, they wait in the kernel until others have left.
final class Acceptor {
  /// How many connections one readiness brings in before others get their turn, unless told otherwise.
  static let usualBatch = 64

  private let listening: SharedSocket<ListeningSocket>
  private let loop: EventLoop
  private let intake: SocketIntake
  private let budget: ConnectionBudget
  private let batch: Int
  /// The loop's turn after the one in which connections were accepted last: ready again then, the socket has more.
  private var nextTurn: UInt64 = 0
  /// How many connections failed in a row.
  private var failures = 0

  /// - Parameters:
  ///   - backlog: how many connections may wait in the kernel, if that is to change. A socket that joined others on its
  ///     port does not listen before.
  ///   - budget: where a place is taken before a connection is accepted; whoever gets the connection gives it back.
  ///   - newcomers: what the log calls those that wait.
  init(
    _ listening: SharedSocket<ListeningSocket>, on loop: EventLoop, token: UInt64 = SocketIntake.token,
    backlog: Int? = nil, budget: ConnectionBudget, newcomers: String = "new connections",
    batch: Int = Acceptor.usualBatch, logger: Logger
  ) {
    self.listening = listening
    self.loop = loop
    self.intake = SocketIntake(
      of: .tcp(listening), on: loop, token: token, pauseText: "\(newcomers) wait until others close",
      logger: logger
    ) { () throws(Errno) in
      if let backlog { try listening.socket.listen(backlog: backlog) }
    }
    self.budget = budget
    self.batch = batch
  }

  /// Begins to accept connections.
  func open() { intake.open() }

  /// Goes on after a shortage: a connection that ended has made room.
  func resume() { intake.resume() }

  /// Accepts no more connections.
  func close() { intake.close() }

  /// Whether connections wait for others to leave.
  var isPaused: Bool { intake.isPaused }

  /// Whether it was closed, or never opened.
  var isClosed: Bool { intake.isClosed }

  /// Hands over a connection that waits, and in the next turns a batch of them while there are more. To ask in vain
  /// whether another waits costs the kernel a socket, and many clients come one by one.
  func acceptBatch(_ admit: (consuming ListeningSocket.Accepted) -> Void) {
    let thereWereMore = loop.turn == nextTurn
    nextTurn = loop.turn &+ 1
    for _ in 0..<(thereWereMore ? batch : 1) {
      guard acceptNext(admit) else { return }
    }
  }

  /// Hands over every connection that waits, as far as descriptors last, and no more than can wait at a time: others may
  /// come as fast as these are taken.
  func acceptAll(_ admit: (consuming ListeningSocket.Accepted) -> Void) {
    for _ in 0..<Limits.backlog {
      guard acceptNext(admit) else { return }
    }
  }

  /// Returns whether it is worth trying again at once.
  private func acceptNext(_ admit: (consuming ListeningSocket.Accepted) -> Void) -> Bool {
    guard intake.isOpen else { return false }
    // Before the connection is accepted: one that is accepted and then closed would lose what it sent.
    guard budget.take() else {
      pause(because: "the limit of \(budget.limit) is reached")
      return false
    }
    do throws(Errno) {
      if let accepted = try listening.socket.accept() {
        failures = 0
        admit(accepted)
        return true
      }
    } catch {
      budget.giveBack()
      failures += 1
      // So many in a row are no accident: a filter that forbids accepting leaves the socket ready all the time.
      if ListeningSocket.isOfOneConnection(error), failures < batch { return true }
      pause(because: "\(error)", error)
      return false
    }
    budget.giveBack()
    return false
  }

  private func pause(because reason: String, _ error: Errno? = nil) {
    failures = 0
    intake.pause(because: reason, error)
  }
}
