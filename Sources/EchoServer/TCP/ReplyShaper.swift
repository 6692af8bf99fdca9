import EchoCore
import Sockets

/// What happens to the replies of a queue between the responder and the send: they wait, leave no faster than their
/// listener's `impair` says, and may be cut where it ends the connection.
///
/// A reply that need not wait is sent from the queue's buffer. Any other is copied, and held by its connection.
final class ReplyShaper {
  /// How many connections send what is due before other work gets its turn.
  static let connectionsPerTurn = 64

  /// What becomes of a reply.
  enum Passage {
    /// This much of it is sent at once.
    case now(byteCount: Int)
    /// It is held by its connection: see ``ReplyShaper/takeDue(on:_:)``.
    case held
    /// There is no room to hold it.
    case noRoom
  }

  private let counters: Counters
  private let loop: EventLoop
  private let connections: ConnectionTable<Connection>
  private var impairer: Impairer?
  private let waiting = WaitingReplies()
  private let timer = OneShot()

  init(
    _ impairer: Impairer?, of connections: ConnectionTable<Connection>, on loop: EventLoop, counters: Counters
  ) {
    (self.impairer, self.connections, self.loop, self.counters) = (impairer, connections, loop, counters)
  }

  /// Changes what happens to replies from now on, and how fast held ones leave.
  func change(to impairer: Impairer?) { self.impairer = impairer }

  /// Makes a connection send as the policy says.
  func begin(_ connection: Connection) {
    connection.sliceBytes = impairer?.impairment.sliceBytes ?? .max
  }

  /// Decides what becomes of the reply to a connection's last message, which the responder delays by a time in
  /// milliseconds.
  func admit(_ reply: UnsafeRawBufferPointer, after delay: Int64, on connection: Connection) -> Passage {
    let shaping = connection.shaping ?? ReplyShaping()
    connection.shaping = shaping
    // The current message is counted already.
    let ownDelay = impairer?.fate(of: connection.messages &- 1).delayMilliseconds ?? 0
    let now = SystemClock.monotonicNanoseconds()
    shaping.begin(readyAt: now + (delay + ownDelay) * 1_000_000)
    let impairment = impairer?.impairment
    let byteCount =
      impairment.map { shaping.cut(reply.count, by: $0, after: connection.replyBytes) } ?? reply.count
    if shaping.takesAtOnce(byteCount, bytesPerSecond: impairment?.bytesPerSecond, at: now) {
      return .now(byteCount: byteCount)
    }
    guard let room = waiting.room(for: byteCount) else {
      shaping.begin(readyAt: now)
      return .noRoom
    }
    connection.hold(UnsafeRawBufferPointer(rebasing: reply[..<byteCount]), in: room)
    if ownDelay > 0 { countDelay(of: shaping) }
    return .held
  }

  /// Returns how many bytes of a connection's held reply are due. If none are, it returns `nil`, and passes the
  /// connection to `send` when they are.
  func takeDue(on connection: Connection, _ send: @escaping (Connection) -> Void) -> Int? {
    let left = connection.unsentByteCount
    guard let shaping = connection.shaping else { return left }
    let next = shaping.next(
      of: left, bytesPerSecond: impairer?.impairment.bytesPerSecond, at: SystemClock.monotonicNanoseconds())
    switch next {
    case .send(let byteCount): return byteCount
    case .wait(let due, let isForLine):
      if isForLine { countDelay(of: shaping) }
      waiting.wait(connection.registration.token, until: due) { connections[$0] != nil }
      schedule(send)
      return nil
    }
  }

  private func countDelay(of shaping: ReplyShaping) {
    guard !shaping.isCounted else { return }
    shaping.isCounted = true
    counters.impair(.delayed)
  }

  private func schedule(_ send: @escaping (Connection) -> Void) {
    guard let next = waiting.nextDue else { return }
    loop.schedule(timer, afterMilliseconds: next - SystemClock.monotonicMilliseconds()) { self.sendDue(send) }
  }

  private func sendDue(_ send: @escaping (Connection) -> Void) {
    for _ in 0..<Self.connectionsPerTurn {
      guard let token = waiting.takeDue(at: loop.now) else { break }
      guard let connection = connections[token] else { continue }
      // The wait was ours, so the client was not idle.
      connection.activeAt = loop.now
      send(connection)
    }
    schedule(send)
  }
}
