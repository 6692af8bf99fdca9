/// The connections of one queue that are reset once their peers have acknowledged the last reply: a reset overtakes what
/// has not arrived.
final class PendingResets {
  /// How long after its last reply a connection is checked for the first time. Each later check takes twice as long, so
  /// that peers which do not read cost few calls.
  static let firstPaceMilliseconds: Int64 = 10
  /// How many connections are checked before other work gets its turn.
  static let checksPerTurn = 64

  private struct Pending {
    let token: UInt64
    let paceMilliseconds: Int64
  }

  private let loop: EventLoop
  private let connections: ConnectionTable<Connection>
  private let timer = OneShot()
  private var pending = DelayQueue<Pending>()

  init(of connections: ConnectionTable<Connection>, on loop: EventLoop) {
    (self.connections, self.loop) = (connections, loop)
  }

  /// Lets a connection wait for its peer, for ``Connection/lingerMilliseconds`` at most, and then passes it to `reset`.
  func add(_ connection: Connection, _ reset: @escaping (Connection) -> Void) {
    connection.beginReset(until: loop.now + Connection.lingerMilliseconds)
    connections.watch(connection)
    if connection.socket.isAcknowledged { return reset(connection) }
    wait(connection.registration.token, Self.firstPaceMilliseconds)
    schedule(reset)
  }

  private func wait(_ token: UInt64, _ paceMilliseconds: Int64) {
    let pending = Pending(token: token, paceMilliseconds: paceMilliseconds)
    self.pending.insert(pending, due: loop.now + paceMilliseconds)
  }

  private func schedule(_ reset: @escaping (Connection) -> Void) {
    guard let next = pending.nextDue else { return }
    loop.schedule(timer, afterMilliseconds: next - loop.now) { self.check(reset) }
  }

  private func check(_ reset: @escaping (Connection) -> Void) {
    for _ in 0..<Self.checksPerTurn {
      guard let due = pending.takeDue(at: loop.now) else { break }
      guard let connection = connections[due.token], case .resetting(let deadline) = connection.phase else {
        continue
      }
      if loop.now >= deadline || connection.socket.isAcknowledged {
        reset(connection)
      } else {
        wait(due.token, min(2 * due.paceMilliseconds, deadline - loop.now))
      }
    }
    schedule(reset)
  }
}
