import EchoCore
import Logging
import Sockets
import SystemPackage

/// Takes connections from a listening socket for the queue that owns it. While the process is short of descriptors or
/// memory it lets them wait in the kernel: they are served when others have left.
final class Acceptor {
  /// The token of the listening socket in the queue's loop, unless told otherwise.
  static let token = 0
  /// How many connections one readiness brings in before others get their turn, unless told otherwise.
  static let usualBatch = 64
  /// How long accepting pauses at a shortage, unless ``resume()`` comes before.
  static let pauseMilliseconds: Int64 = 100

  private enum State {
    case closed, open, paused
  }

  let listening: SharedSocket<ListeningSocket>
  private let loop: EventLoop
  private let token: Int
  private let budget: ConnectionBudget
  private let newcomers: String
  private let batch: Int
  private let logger: Logger
  private var state = State.closed
  private var endPauseLater: @Sendable () -> Void = {}
  private var endOfPauseIsScheduled = false
  private var logPace = LogPace()
  /// The loop's turn after the one in which connections were accepted last: ready again then, the socket has more.
  private var nextTurn: UInt64 = 0
  /// How many connections failed in a row.
  private var failures = 0
  /// How many connections may wait in the kernel, until the kernel has been told.
  private var untoldBacklog: Int?

  /// - Parameters:
  ///   - backlog: how many connections may wait in the kernel, if that is to change. A socket that joined others does
  ///     not listen before it is told.
  ///   - budget: where a place is taken before a connection is; whoever gets the connection gives it back.
  ///   - newcomers: what the log calls those that wait.
  init(
    _ listening: SharedSocket<ListeningSocket>, on loop: EventLoop, token: Int = Acceptor.token,
    backlog: Int? = nil, budget: ConnectionBudget, newcomers: String = "new connections",
    batch: Int = Acceptor.usualBatch,
    logger: Logger
  ) {
    self.untoldBacklog = backlog
    self.listening = listening
    self.loop = loop
    self.token = token
    self.budget = budget
    self.newcomers = newcomers
    self.batch = batch
    self.logger = logger
  }

  /// Begins to watch the socket.
  ///
  /// - Parameters:
  ///   - endPauseLater: is called on the queue when a pause is over, and calls ``endPause()``.
  func open(endPauseLater: @escaping @Sendable () -> Void) {
    self.endPauseLater = endPauseLater
    watch()
  }

  /// Hands over a connection that waits, and in the next turns a batch of them while there are more. To ask in vain
  /// whether another waits costs the kernel a socket, and many clients come one by one.
  func acceptBatch(_ admit: (consuming ListeningSocket.Accepted) -> Void) {
    let thereWereMore = loop.turn == nextTurn
    nextTurn = loop.turn &+ 1
    for _ in 0..<(thereWereMore ? batch : 1) {
      guard acceptNext(admit) else { return }
    }
  }

  /// Hands every connection that waits over, as far as descriptors reach, and no more than can wait at a time: others
  /// may come as fast as these are taken.
  func acceptAll(_ admit: (consuming ListeningSocket.Accepted) -> Void) {
    for _ in 0..<Limits.backlog {
      guard acceptNext(admit) else { return }
    }
  }

  /// Whether connections wait for others to leave.
  var isPaused: Bool { state == .paused }

  /// Whether it lets the socket be.
  var isClosed: Bool { state == .closed }

  /// Goes on after a pause whose time is over.
  func endPause() {
    endOfPauseIsScheduled = false
    resume()
  }

  /// Goes on before a pause is over: a connection that ended has made room.
  func resume() {
    if state == .paused { watch() }
  }

  /// Lets the socket be from now on.
  func close() {
    if state == .open { try? loop.remove(listening.socket.descriptor) }
    state = .closed
  }

  /// Returns whether it is worth trying again at once.
  private func acceptNext(_ admit: (consuming ListeningSocket.Accepted) -> Void) -> Bool {
    guard state == .open else { return false }
    // Before the connection is accepted: one that is accepted and then closed would lose what it sent.
    guard budget.take() else {
      pause(because: nil)
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
      // So many in a row are no accident: a filter that forbids accepting leaves the socket ready for ever.
      if ListeningSocket.isOfOneConnection(error), failures < batch { return true }
      pause(because: error)
      return false
    }
    budget.giveBack()
    return false
  }

  private func watch() {
    do throws(Errno) {
      if let untoldBacklog { try listening.socket.listen(backlog: untoldBacklog) }
      untoldBacklog = nil
      try loop.add(listening.socket.descriptor, for: .readable, token: token)
      state = .open
    } catch {
      pause(because: error)
    }
  }

  /// A listening socket that stays ready would burn a processor for nothing.
  private func pause(because error: Errno?) {
    if state == .open { try? loop.remove(listening.socket.descriptor) }
    (state, failures) = (.paused, 0)
    if logPace.isDue(at: loop.now) {
      let reason = error.map { "\($0)" } ?? "\(budget.limit) are open, which is the limit"
      logger.warning("\(newcomers) wait until others leave: \(reason)", metadata: error?.logMetadata)
    }
    // One timer at a time: pauses can follow each other as fast as connections end.
    guard !endOfPauseIsScheduled else { return }
    endOfPauseIsScheduled = true
    loop.executor.perform(afterMilliseconds: Self.pauseMilliseconds, endPauseLater)
  }
}
