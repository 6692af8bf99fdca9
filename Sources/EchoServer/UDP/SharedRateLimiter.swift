import Addresses
import EchoCore
import Synchronization

/// The rate limits of one listener, shared by its queues: a client's datagrams may reach any of them.
final class SharedRateLimiter: Sendable {
  private let limiter: Mutex<RateLimiter>

  /// `nil` for a listener without limits.
  init?(for configuration: ListenerConfiguration) {
    let (perClient, total) = (configuration.rateLimit, configuration.totalRateLimit)
    guard perClient != nil || total != nil else { return nil }
    limiter = Mutex(RateLimiter(perClient: perClient, total: total))
  }

  /// Changes the limits. Known clients stay known.
  func change(to configuration: ListenerConfiguration) {
    limiter.withLock { limiter in
      limiter.change(perClient: configuration.rateLimit, total: configuration.totalRateLimit)
    }
  }

  /// Why a datagram gets no reply, if it exceeds a limit; `now` in milliseconds.
  func refusal(of client: Endpoint, at now: Int64) -> DropReason? {
    limiter.withLock { $0.refusal(of: client, at: now) }
  }

  /// What is known of the clients, for the next process.
  var state: [UInt8] { limiter.withLock { limiter in StateWriter.bytes { limiter.write(to: &$0) } } }

  /// Takes over what the process before this one knew of the clients; `now` in milliseconds.
  func restore(_ state: [UInt8], at now: Int64) throws(StateError) {
    try limiter.withLock { (limiter) throws(StateError) in
      var reader = StateReader(state)
      try limiter.restore(from: &reader, at: now)
    }
  }
}
