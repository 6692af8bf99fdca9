import Logging
import Sockets
import SystemPackage

/// Watches a bound socket for its queue. When resources run out, the socket leaves the readiness set for a while: one
/// that stays ready but keeps failing would keep a processor busy.
final class SocketIntake {
  /// The socket's token on a queue with one socket.
  static let token: UInt64 = 0
  /// How long a pause lasts, unless ``resume()`` ends it.
  static let pauseMilliseconds: Int64 = 100

  private enum State {
    case closed, open, paused
  }

  /// Released when the intake ends, so that an ending queue does not keep its socket open.
  private var socket: BoundSocket?
  private let loop: EventLoop
  private let token: UInt64
  private let pauseText: String
  private let logger: Logger
  private let prepare: (BoundSocket) throws(Errno) -> Void
  private var isPrepared = false
  private var state = State.closed
  private let endOfPause = OneShot()
  private var logPace = LogPace()

  /// - Parameters:
  ///   - pauseText: how the log message of a pause begins, before the reason.
  ///   - prepare: prepares the socket before it is watched. It is tried again until it succeeds, and runs again at
  ///     ``prepareAgain()``. It must not capture the socket, not even weakly: the queue retains the socket for each batch,
  ///     and a weak reference makes that slow.
  init(
    of socket: BoundSocket, on loop: EventLoop, token: UInt64 = SocketIntake.token, pauseText: String,
    logger: Logger, prepare: @escaping (BoundSocket) throws(Errno) -> Void = { _ in }
  ) {
    self.socket = socket
    self.loop = loop
    self.token = token
    self.pauseText = pauseText
    self.logger = logger
    self.prepare = prepare
  }

  var isOpen: Bool { state == .open }
  /// Whether messages are waiting in the kernel for the end of the pause.
  var isPaused: Bool { state == .paused }
  /// Whether it was closed, or never opened.
  var isClosed: Bool { state == .closed }

  /// Begins to watch the socket.
  func open() {
    do throws(Errno) {
      if !isPrepared, let socket { try prepare(socket) }
      isPrepared = true
      try socket?.withDescriptor { (descriptor) throws(Errno) in
        try loop.set.add(descriptor, for: .readable, token: token)
      }
      state = .open
    } catch {
      pause(because: "\(error)", error)
    }
  }

  /// Prepares the socket again, because its settings have changed.
  func prepareAgain() {
    isPrepared = false
    guard state == .open else { return }
    do throws(Errno) {
      if let socket { try prepare(socket) }
      isPrepared = true
    } catch {
      pause(because: "\(error)", error)
    }
  }

  /// Stops watching the socket for a while.
  func pause(because reason: String, _ error: Errno? = nil) {
    stopWatching()
    state = .paused
    if logPace.isDue(at: loop.now) {
      logger.warning("\(pauseText): \(reason)", metadata: error?.logMetadata)
    }
    loop.schedule(endOfPause, afterMilliseconds: Self.pauseMilliseconds) { self.resume() }
  }

  /// Ends a pause, because its time is over or resources may be free again.
  func resume() {
    if state == .paused { open() }
  }

  /// Stops watching the socket for good.
  func close() {
    stopWatching()
    state = .closed
    socket = nil
  }

  private func stopWatching() {
    guard state == .open else { return }
    try? socket?.withDescriptor { (descriptor) throws(Errno) in try loop.set.remove(descriptor) }
  }
}
