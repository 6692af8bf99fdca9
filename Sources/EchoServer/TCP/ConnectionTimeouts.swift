import EchoCore
import Sockets

/// Finds the connections of a queue whose time is over. Its timers run only while there are connections.
final class ConnectionTimeouts {
  /// How often the deadlines of phases are checked.
  static let deadlinePaceMilliseconds: Int64 = 100
  /// How often idle connections are looked for: the precision of the idle timeout.
  static let idlePaceMilliseconds: Int64 = 1000

  /// Why a connection's time is over.
  enum Reason {
    /// The deadline of its phase has passed.
    case deadline
    /// No byte went either way for the idle timeout.
    case idle
    /// Its peer has vanished with replies on their way: for these the kernel sends no keepalive, and sends the replies
    /// again for about 15 minutes.
    case unanswered
  }

  private let loop: EventLoop
  private let connections: ConnectionTable<Connection>
  /// `nil` for no timeout.
  private var idleMilliseconds: Int64?
  /// `nil` for none.
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

  /// Changes the timeouts, also of the connections that are there.
  func change(to configuration: ListenerConfiguration, _ expire: @escaping (Connection, Reason) -> Void) {
    set(configuration)
    guard !connections.isEmpty else { return }
    watchIdle(expire)
    watchUnanswered(expire)
  }

  /// Whether idle connections and vanished peers are looked for, as far as they have a timeout.
  var isWatching: Bool {
    (idleMilliseconds == nil || idleTimer.isScheduled) && (keepAlive == nil || keepAliveTimer.isScheduled)
  }

  /// Looks for idle connections and vanished peers until there are no connections.
  func watch(_ expire: @escaping (Connection, Reason) -> Void) {
    if !idleTimer.isScheduled { watchIdle(expire) }
    if !keepAliveTimer.isScheduled { watchUnanswered(expire) }
  }

  /// Watches the deadlines of phases: see ``Connection/deadline``.
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
