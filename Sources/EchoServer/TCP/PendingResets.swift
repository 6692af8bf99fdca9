/// The connections of one queue that are reset once their peers have acknowledged the last reply: a reset overtakes what
/// has not arrived.
final class PendingResets {
  /// How often they are checked.
  static let paceMilliseconds: Int64 = 10

  private let loop: EventLoop
  private let connections: ConnectionTable<Connection>
  private let timer = OneShot()
  private var tokens: [UInt64] = []

  init(of connections: ConnectionTable<Connection>, on loop: EventLoop) {
    (self.connections, self.loop) = (connections, loop)
  }

  /// Lets a connection wait for its peer, for ``Connection/lingerMilliseconds`` at most, and then passes it to `reset`.
  func add(_ connection: Connection, _ reset: @escaping (Connection) -> Void) {
    connection.beginReset(until: loop.now + Connection.lingerMilliseconds)
    connections.watch(connection)
    tokens.append(connection.registration.token)
    check(reset)
  }

  private func check(_ reset: @escaping (Connection) -> Void) {
    var (waiting, due): ([UInt64], [Connection]) = ([], [])
    for token in tokens {
      guard let connection = connections[token], case .resetting(let deadline) = connection.phase else {
        continue
      }
      if loop.now >= deadline || connection.socket.isAcknowledged {
        due.append(connection)
      } else {
        waiting.append(token)
      }
    }
    tokens = waiting
    due.forEach(reset)
    guard !waiting.isEmpty else { return }
    loop.schedule(timer, afterMilliseconds: Self.paceMilliseconds) { self.check(reset) }
  }
}
