import EchoCore
import Sockets
import SystemPackage

/// Finds out whether a reflector keeps sessions. As long as no message is lost on the way there, a reflector that does
/// sends the same numbers as one that does not.
///
/// A probe is the first message of another session, from another port, but with the number of a later message. A
/// reflector that keeps sessions numbers its reply 0, as if the messages before had been lost.
struct StampProbe: ~Copyable {
  /// How many are sent at most.
  private static let limit = 8
  /// The least time between two, in nanoseconds.
  private static let interval: Int64 = 100_000_000

  private let socket: DatagramSocket
  private let plan: StampPlan
  /// Those that were sent, at most ``limit``: a slow reflector answers the first after others were sent.
  private var sent: [(requests: StampRequests, variables: StampRequests.Variables)] = []
  private var sentAt: Int64 = 0
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// Makes a socket and adds it to a set.
  init(_ peer: Peer, _ plan: StampPlan, _ set: borrowing ReadinessSet, token: UInt64) throws(Errno) {
    let socket = try DatagramSocket(connectedTo: peer.endpoint, peer.packets)
    try set.add(socket.descriptor, for: .readable, token: token)
    self.plan = plan
    self.socket = socket
  }

  /// When the next one may be sent; `nil` if enough were sent.
  var dueTime: Int64? { sent.isEmpty ? 0 : sent.count < Self.limit ? sentAt + Self.interval : nil }

  /// Sends one. A failure counts as a loss.
  mutating func send(at now: ClockReading, _ errorEstimate: StampErrorEstimate) {
    let requests = StampRequests(plan, sessionID: .random(in: 1 ... .max))
    let variables = StampRequests.Variables(
      sequence: .random(in: 1 << 16..<1 << 31), timestamp: requests.format.timestamp(of: now.epoch),
      errorEstimate: errorEstimate, count: 1)
    sent.append((requests, variables))
    sentAt = now.monotonic
    _ = try? socket.send(requests.request(variables))
  }

  /// Takes what came: whether the reflector keeps sessions; `nil` if that is still unknown.
  mutating func take() -> Bool? {
    for _ in 0..<Self.limit {
      guard let result = try? socket.receive(into: &buffer) else { continue }
      guard case .done(let count) = result else { return nil }
      let now = SystemClock.epochNanoseconds()
      for (requests, variables) in sent {
        let answer = try? StampAnswer(buffer[..<count], to: variables, of: requests, now: now)
        if let answer { return answer.sequence != variables.sequence }
      }
    }
    return nil
  }
}
