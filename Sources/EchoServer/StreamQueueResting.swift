import EchoCore
import Logging
import Sockets
import SystemPackage

/// What becomes of a connection when the machine is short of memory, or of places in a readiness set. The peer is not to
/// blame: what was received from it is kept, and is answered when there is enough again.
extension StreamQueue {
  /// Lets a connection be for a while: one that stays ready and fails would burn a processor for nothing.
  func rest(_ connection: Connection, because error: Errno) {
    if logPace.isDue(at: loop.now) {
      let client: Logger.Metadata = connection.peer.map { ["client": "\($0)"] } ?? [:]
      logger.warning(
        "connections rest until the kernel recovers: \(error)", metadata: client.with(error.logMetadata))
    }
    // It is no member when it is adding it that failed.
    try? loop.remove(connection.socket.descriptor)
    connection.isResting = true
    scheduleEndOfRests()
  }

  private func scheduleEndOfRests() {
    guard !endOfRestsIsScheduled else { return }
    endOfRestsIsScheduled = true
    executor.perform(afterMilliseconds: Self.restMilliseconds) { [weak self] in
      self?.assumeIsolated { $0.endRests() }
    }
  }

  private func endRests() {
    endOfRestsIsScheduled = false
    loop.refreshClock()
    for (slot, connection) in connections.entries where connection.isResting {
      do throws(Errno) {
        try loop.add(connection.socket.descriptor, for: connection.interest, token: slot + 1)
        connection.isResting = false
      } catch {
        rest(connection, because: error)
      }
    }
  }
}
