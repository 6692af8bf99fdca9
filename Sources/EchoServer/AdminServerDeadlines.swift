import AdminHTTP
import Sockets
import SystemPackage

/// How long the clients of the admin socket may take.
extension AdminServer {
  func scheduleDeadlineCheck() {
    guard !checkIsScheduled, !connections.isEmpty else { return }
    checkIsScheduled = true
    executor.perform(afterMilliseconds: Self.deadlinePaceMilliseconds) { [weak self] in
      self?.assumeIsolated { $0.checkDeadlines() }
    }
  }

  private func checkDeadlines() {
    checkIsScheduled = false
    loop.refreshClock()
    let isCrowded = acceptor.isPaused
    for (slot, connection) in connections.entries {
      var deadline = connection.deadline
      if case .lingering(let until, _) = connection.stream.phase { deadline = min(deadline, until) }
      let isInTheWay = isCrowded && loop.now - connection.progressedAt >= Self.crowdedMilliseconds
      if loop.now >= deadline || isInTheWay { end(connection, in: slot) }
    }
    scheduleDeadlineCheck()
  }

  /// A client whose request did not arrive in time is told so; the others are idle, or do not listen.
  private func end(_ connection: AdminConnection, in slot: Int) {
    let isMidRequest = connection.stream.phase == .receiving && connection.question == nil
    guard isMidRequest, !connection.parser.isEmpty else { return close(slot) }
    connection.deadline = loop.now + Connection.lingerMilliseconds
    do throws(Errno) {
      try respond(router.respond(to: .timedOut), on: connection, in: slot)
    } catch {
      close(slot)
    }
  }
}
