import EchoCore
import Sockets
import SystemPackage

/// How the connections of a queue end: after their last reply, with their peers, by a timeout, or at once.
final class ConnectionEnds {
  private let connections: ConnectionTable<Connection>
  private let admission: Admission
  private let timeouts: ConnectionTimeouts
  private let intake: SocketIntake
  private let drops: DropLog
  private let resets: PendingResets
  private let loop: EventLoop
  /// Serves a connection before it times out: this process may have been stopped while bytes arrived.
  var serveOnceMore: (Connection) -> Void = { _ in }
  /// Whether the connections are on their way to the next process, so that none may end.
  private var isSuspended = false

  /// - Parameter intake: resumes when a connection has given its place back.
  init(
    of connections: ConnectionTable<Connection>, _ admission: Admission, _ timeouts: ConnectionTimeouts,
    intake: SocketIntake, drops: DropLog, on loop: EventLoop
  ) {
    (self.connections, self.admission, self.timeouts) = (connections, admission, timeouts)
    (self.intake, self.drops, self.loop) = (intake, drops, loop)
    resets = PendingResets(of: connections, on: loop)
  }

  /// Shuts down our side, and gives the peer some time to close its own.
  func finish(_ connection: Connection) {
    do throws(Errno) {
      try connection.finish(at: loop.now)
      connections.watch(connection)
      timeouts.watchDeadlines(expire)
    } catch {
      // The peer is gone.
      close(connection)
    }
  }

  /// Closes a connection whose peer has finished or is gone.
  func close(_ connection: Connection) {
    guard connections.remove(connection) else { return }
    if connection.phase == .held { drops.drop(.sendFailed, of: connection.client) }
    admission.end(connection)
    intake.resume()
  }

  /// Closes a connection whose preface is missing or late.
  func closeInPreface(_ connection: Connection) {
    admission.countMissingPreface(of: connection)
    close(connection)
  }

  /// Resets a connection when the peer has acknowledged everything that was sent.
  func reset(_ connection: Connection) { resets.add(connection, abort) }

  /// Closes a connection at once. A reset tells the peer that its last reply is not complete.
  func cutOff(_ connection: Connection) {
    connection.endsByReset ? abort(connection) : close(connection)
  }

  /// Closes a connection without waiting for the rest of a reply to be delivered.
  private func abort(_ connection: Connection) {
    guard connections.contains(connection) else { return }
    if connection.phase == .sending { drops.drop(.sendFailed, of: connection.client) }
    connection.socket.resetOnClose()
    close(connection)
  }
}

// MARK: - Timeouts

extension ConnectionEnds {
  /// Applies the timeouts to a new connection.
  func watch(_ connection: Connection) {
    if connection.deadline != nil { timeouts.watchDeadlines(expire) }
    if !timeouts.isWatching { timeouts.watch(expire) }
  }

  /// Changes the timeouts, also of open connections.
  func change(to configuration: ListenerConfiguration) { timeouts.change(to: configuration, expire) }

  /// Ends no connection by a timeout until ``resume()``.
  func suspend() { isSuspended = true }

  /// Applies the timeouts again, to all connections.
  func resume() {
    isSuspended = false
    timeouts.watchDeadlines(expire)
    timeouts.watch(expire)
  }

  private func expire(_ connection: Connection, because reason: ConnectionTimeouts.Reason) {
    if isSuspended { return }
    switch (reason, connection.phase) {
    case (.deadline, .preface): closeLate(connection)
    case (.deadline, _): close(connection)
    case (.idle, .receiving): closeIdle(connection)
    case (.idle, .sending), (.unanswered, _): abort(connection)
    case (.idle, _): break
    }
  }

  /// Closes a connection whose preface is late, unless the rest is waiting.
  private func closeLate(_ connection: Connection) {
    if !connection.isPaused { serveOnceMore(connection) }
    guard connections.contains(connection), connection.isInPreface else { return }
    // A shortage is not the peer's fault.
    connection.isPaused ? timeouts.watchDeadlines(expire) : closeInPreface(connection)
  }

  /// Closes an idle connection, unless it is paused or a message is waiting.
  private func closeIdle(_ connection: Connection) {
    guard !connection.isPaused else { return }
    let activeAt = connection.activeAt
    serveOnceMore(connection)
    if connection.activeAt == activeAt, !connection.isPaused { close(connection) }
  }
}
