import EchoCore
import Sockets

/// Finds the connections of a queue that have timed out. Its timers run only while there are connections.
final class ConnectionTimeouts {
  /// How often the deadlines of phases are checked.
  static let deadlinePaceMilliseconds: Int64 = 100
  /// How often idle connections are looked for: the precision of the idle timeout.
  static let idlePaceMilliseconds: Int64 = 1000

  /// Why a connection has timed out.
  enum Reason {
    /// The deadline of its phase has passed.
    case deadline
    /// No byte was sent or received for the idle timeout.
    case idle
    /// Its peer has vanished while replies were unacknowledged. The kernel then sends no keepalive, and retransmits for
    /// about 15 minutes.
    case unanswered
  }

  private let loop: EventLoop
  private let connections: ConnectionTable<Connection>
  /// The idle timeout; `nil` for none.
  private var idleMilliseconds: Int64?
  /// The keepalive; `nil` for none.
  private(set) var keepAlive: KeepAlive?
  private let deadlineTimer = OneShot()
  private let idleTimer = OneShot()
  private let keepAliveTimer = OneShot()

  init(
    of configuration: ListenerConfiguration, for connections: ConnectionTable<Connection>, on loop: EventLoop
  ) {
    (self.loop, self.connections) = (loop, connections)
    set(configuration)
  }

  private func set(_ configuration: ListenerConfiguration) {
    let idleTimeout = Int64(configuration.idleTimeoutSeconds) * 1000
    idleMilliseconds = idleTimeout == 0 ? nil : idleTimeout
    keepAlive = KeepAlive(idleSeconds: configuration.keepAliveSeconds)
  }

  /// Changes the timeouts, also of open connections.
  func change(to configuration: ListenerConfiguration, _ expire: @escaping (Connection, Reason) -> Void) {
    set(configuration)
    guard !connections.isEmpty else { return }
    watchIdle(expire)
    watchUnanswered(expire)
  }

  /// Whether the timers for idle connections and vanished peers run, as far as there is a timeout.
  var isWatching: Bool {
    (idleMilliseconds == nil || idleTimer.isScheduled) && (keepAlive == nil || keepAliveTimer.isScheduled)
  }

  /// Looks for idle connections and vanished peers while there are connections, and passes them to `expire`.
  func watch(_ expire: @escaping (Connection, Reason) -> Void) {
    if !idleTimer.isScheduled { watchIdle(expire) }
    if !keepAliveTimer.isScheduled { watchUnanswered(expire) }
  }

  /// Looks for connections past the deadline of their phase (``Connection/deadline``), and passes them to `expire`.
  func watchDeadlines(_ expire: @escaping (Connection, Reason) -> Void) {
    loop.schedule(deadlineTimer, afterMilliseconds: Self.deadlinePaceMilliseconds) {
      for connection in self.connections.members {
        guard let deadline = connection.deadline else { continue }
        if self.loop.now >= deadline { expire(connection, .deadline) } else { self.watchDeadlines(expire) }
      }
    }
  }

  private func watchIdle(_ expire: @escaping (Connection, Reason) -> Void) {
    guard idleMilliseconds != nil else { return }
    loop.schedule(idleTimer, afterMilliseconds: Self.idlePaceMilliseconds) {
      guard let idleMilliseconds = self.idleMilliseconds else { return }
      for connection in self.connections.members
      where self.loop.now - connection.activeAt >= idleMilliseconds {
        expire(connection, .idle)
      }
      if !self.connections.isEmpty { self.watchIdle(expire) }
    }
  }

  private func watchUnanswered(_ expire: @escaping (Connection, Reason) -> Void) {
    guard let keepAlive else { return }
    loop.schedule(keepAliveTimer, afterMilliseconds: Int64(keepAlive.intervalSeconds) * 1000) {
      guard let keepAlive = self.keepAlive else { return }
      let silence = Int64(keepAlive.totalSeconds) * 1000
      for connection in self.connections.members
      where connection.isUnanswered(forMilliseconds: silence, at: self.loop.now) {
        expire(connection, .unanswered)
      }
      if !self.connections.isEmpty { self.watchUnanswered(expire) }
    }
  }
}
