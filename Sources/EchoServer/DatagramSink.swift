import Logging
import Sockets
import SystemPackage

/// Receives datagrams and drops them.
final class DatagramSink: Sink {
  /// How many datagrams one readiness drops before others get their turn.
  static let batch = 64

  private enum State {
    case closed, open, paused
  }

  private let socket: SharedSocket<DatagramSocket>
  private let loop: EventLoop
  private let token: Int
  private let logger: Logger
  private var state = State.closed
  private var endPauseLater: @Sendable () -> Void = {}
  private var logPace = LogPace()

  init(_ socket: SharedSocket<DatagramSocket>, on loop: EventLoop, token: Int, logger: Logger) {
    self.socket = socket
    self.loop = loop
    self.token = token
    self.logger = logger
  }

  func open(endPauseLater: @escaping @Sendable () -> Void) {
    self.endPauseLater = endPauseLater
    watch()
  }

  func dropBatch() {
    guard state == .open else { return }
    do throws(Errno) {
      for _ in 0..<Self.batch { guard try socket.socket.dropDatagram() else { return } }
    } catch {
      pause(because: error)
    }
  }

  func endPause() { resume() }

  func resume() {
    if state == .paused { watch() }
  }

  func close() {
    if state == .open { try? loop.remove(socket.socket.descriptor) }
    state = .closed
  }

  private func watch() {
    do throws(Errno) {
      try loop.add(socket.socket.descriptor, for: .readable, token: token)
      state = .open
    } catch {
      pause(because: error)
    }
  }

  /// A socket that stays ready and fails would burn a processor for nothing.
  private func pause(because error: Errno) {
    if state == .open { try? loop.remove(socket.socket.descriptor) }
    state = .paused
    if logPace.isDue(at: loop.now) {
      logger.warning(
        "dropping the datagrams of a socket that nobody serves pauses until the kernel recovers: \(error)",
        metadata: error.logMetadata)
    }
    loop.executor.perform(afterMilliseconds: DatagramQueue.shortagePauseMilliseconds, endPauseLater)
  }
}
