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
}
