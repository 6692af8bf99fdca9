import Sockets
import SystemPackage

/// Connects to one of a server's addresses: Happy Eyeballs (RFC 8305, section 5). A next attempt begins when the last one
/// fails or has had no answer for a while. The first connection wins, and the other attempts are given up. There are at
/// most ``Resolver/addressLimit``.
final class ConnectRace {
  private let peers: [Peer]
  private var untried: ArraySlice<Peer>
  private var attempts: [StreamExchange] = []
  private var failures: [ConnectFailure] = []
  private var nextAttempt: Int64 = 0

  /// A race between these addresses, one at least, in this order.
  init(_ peers: [Peer]) { (self.peers, untried) = (peers, peers[...]) }

  /// Runs a race for at most ``LinkLimits/timeoutSeconds``.
  static func winner(of peers: [Peer]) throws(LinkError) -> StreamExchange {
    let set = try LinkError.preparing { () throws(Errno) in try ReadinessSet() }
    let race = ConnectRace(peers)
    let deadline = SystemClock.monotonicMilliseconds() + Int64(LinkLimits.timeoutMilliseconds)
    while true {
      if let winner = try race.advance(set, token: 0) { return winner }
      let left = min(race.wakeTime ?? deadline, deadline) - SystemClock.monotonicMilliseconds()
      if left <= 0, race.wakeTime ?? deadline >= deadline {
        throw race.giveUp(afterMilliseconds: Int64(LinkLimits.timeoutMilliseconds))
      }
      _ = set.wait(milliseconds: Int32(clamping: max(0, left)))
    }
  }

  /// When to call ``advance(_:token:)`` though no attempt in the set is ready: milliseconds of the monotonic clock; `nil`
  /// for never.
  var wakeTime: Int64? { untried.isEmpty ? nil : nextAttempt }

  /// Goes on as far as possible. Returns the connection when there is one; throws when no attempt is left.
  func advance(_ set: borrowing ReadinessSet, token: UInt64) throws(LinkError) -> StreamExchange? {
    for attempt in attempts where attempt.isDecided {
      do throws(ConnectFailure) {
        try attempt.finishConnecting()
        return attempt
      } catch {
        attempts.removeAll { $0 === attempt }
        fail(error)
      }
    }
    while let time = wakeTime, time <= SystemClock.monotonicMilliseconds(), let peer = untried.popFirst() {
      do throws(ConnectFailure) {
        attempts.append(try begin(peer, set, token))
        nextAttempt = SystemClock.monotonicMilliseconds() + LinkLimits.attemptDelayMilliseconds
      } catch {
        fail(error)
      }
    }
    if attempts.isEmpty, untried.isEmpty { throw .cannotConnect(inOrder(failures)) }
    return nil
  }

  /// Ends the race, and returns why there is no connection.
  func giveUp(afterMilliseconds milliseconds: Int64) -> LinkError {
    let silent = attempts.map { ConnectFailure(peer: $0.peer, cause: .timeout(milliseconds: milliseconds)) }
    return .cannotConnect(inOrder(failures + silent))
  }

  /// The addresses in the order for another race: first those that this one did not come to.
  var order: [Peer] { Array(untried + peers.prefix(peers.count - untried.count)) }

  private func begin(
    _ peer: Peer, _ set: borrowing ReadinessSet, _ token: UInt64
  ) throws(ConnectFailure) -> StreamExchange {
    try ConnectFailure.catching(peer) { () throws(Errno) in
      let attempt = try StreamExchange(connectingTo: peer)
      try attempt.add(to: set, token: token)
      return attempt
    }
  }

  /// The next attempt begins at once.
  private func fail(_ failure: ConnectFailure) {
    failures.append(failure)
    nextAttempt = 0
  }

  private func inOrder(_ failures: [ConnectFailure]) -> [ConnectFailure] {
    peers.flatMap { peer in failures.filter { $0.peer == peer } }
  }
}
