import Logging
import Sockets
import SystemPackage

/// Watches a bound socket for the queue that takes what comes to it. While the machine is short of what that needs, the
/// socket is out of the queue's readiness set: one that stays ready and fails would keep a processor busy.
final class SocketIntake {
  /// The socket's token in the loop of a queue that has one socket.
  static let token: UInt64 = 0
  /// How long a pause is, unless ``resume()`` ends it.
  static let pauseMilliseconds: Int64 = 100

  private enum State {
    case closed, open, paused
  }

  private let socket: BoundSocket
  private let loop: EventLoop
  private let token: UInt64
  private let pauseText: String
  private let logger: Logger
  private let prepare: () throws(Errno) -> Void
  private var state = State.closed
  private let endOfPause = OneShot()
  private var logPace = LogPace()

  /// - Parameters:
  ///   - pauseText: what the log says of a pause, before the reason.
  ///   - prepare: is called each time before the socket is watched.
  init(
    of socket: BoundSocket, on loop: EventLoop, token: UInt64 = SocketIntake.token, pauseText: String,
    logger: Logger, prepare: @escaping () throws(Errno) -> Void = {}
  ) {
    self.socket = socket
    self.loop = loop
    self.token = token
    self.pauseText = pauseText
    self.logger = logger
    self.prepare = prepare
  }

  /// What comes is to be taken.
  var isOpen: Bool { state == .open }
  /// What comes waits in the kernel for the end of the pause.
  var isPaused: Bool { state == .paused }
  /// The socket is not watched, and will not be.
  var isClosed: Bool { state == .closed }

  /// Begins to watch the socket.
  func open() {
    do throws(Errno) {
      try prepare()
      try socket.withDescriptor { (descriptor) throws(Errno) in
        try loop.add(descriptor, for: .readable, token: token)
      }
      state = .open
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

  /// Ends a pause, because its time is over or because there may be room now.
  func resume() {
    if state == .paused { open() }
  }

  /// Stops watching the socket.
  func close() {
    stopWatching()
    state = .closed
  }

  private func stopWatching() {
    guard state == .open else { return }
    try? socket.withDescriptor { (descriptor) throws(Errno) in try loop.remove(descriptor) }
  }
}
