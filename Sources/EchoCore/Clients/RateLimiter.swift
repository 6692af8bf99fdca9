public import Addresses

/// Who may have a reply now: a token bucket for each client address, and one for all of them together.
///
/// The tables are of fixed size, and know a client by its ``Addresses/IPAddress/limitKey``. Addresses can be forged, so there are two tables: a *newcomer* is known when it comes back a while
/// after it was first seen, and newcomers make room for newcomers only. Of the bucket of all clients, newcomers get
/// no more than half. A flood from forged addresses, each seen once, therefore neither makes the limiter forget a
/// known client nor takes its replies.
public struct RateLimiter: Sendable {
  /// How many known clients, and how many newcomers, are remembered.
  public static let capacity = 32_768
  /// How long after its first datagram a newcomer has to come back to be known.
  public static let probationMilliseconds: Int64 = 1000

  private struct Newcomer {
    var bucket = TokenBucket()
    var since: Int64
  }

  private let perClient: TokenBucket.Pace?
  private let total: TokenBucket.Pace?
  private let newcomersShare: TokenBucket.Pace?
  private var known: RecencyTable<IPAddress, TokenBucket>
  private var newcomers: RecencyTable<IPAddress, Newcomer>
  private var totalBucket = TokenBucket()
  private var newcomersBucket = TokenBucket()

  /// A limiter; without any limit it lets everything pass. Its memory is set aside when the first client comes.
  ///
  /// - Parameters:
  ///   - perClient: for each client.
  ///   - total: for all clients together.
  public init(perClient: RateLimit?, total: RateLimit?, capacity: Int = Self.capacity) {
    self.perClient = perClient.map(TokenBucket.Pace.init)
    self.total = total.map(TokenBucket.Pace.init)
    self.newcomersShare = total.map {
      TokenBucket.Pace(RateLimit(perSecond: max(1, $0.perSecond / 2), burst: max(1, $0.burst / 2)))
    }
    self.known = RecencyTable(capacity: capacity)
    self.newcomers = RecencyTable(capacity: capacity)
  }

  /// Which limit a datagram exceeds.
  public enum Exceeded: Sendable {
    /// Its client sends faster than its own rate.
    case client
    /// All clients together do.
    case total
  }

  /// Judges a datagram; `now` in milliseconds of a clock that never goes back. `nil` is: answer.
  public mutating func exceeded(by address: IPAddress, at now: Int64) -> Exceeded? {
    let client = address.limitKey
    let moment = now * 1_000_000
    if let index = known.index(of: client) {
      known.touch(index)
      guard known[index].take(under: perClient, at: moment) else { return .client }
      return takeShared(isKnown: true, at: moment) ? nil : .total
    }
    guard let index = newcomers.index(of: client) else {
      return welcome(client, at: now)
    }
    guard newcomers[index].bucket.take(under: perClient, at: moment) else { return .client }
    if now - newcomers[index].since >= Self.probationMilliseconds {
      promote(client, at: index)
      return takeShared(isKnown: true, at: moment) ? nil : .total
    }
    newcomers.touch(index)
    return takeShared(isKnown: false, at: moment) ? nil : .total
  }

  private mutating func welcome(_ client: IPAddress, at now: Int64) -> Exceeded? {
    let moment = now * 1_000_000
    // Whom the shared bucket has no reply for is not worth a place.
    guard takeShared(isKnown: false, at: moment) else { return .total }
    if newcomers.isFull, let first = newcomers.first { newcomers.remove(first) }
    var newcomer = Newcomer(since: now)
    _ = newcomer.bucket.take(under: perClient, at: moment)
    newcomers.insert(newcomer, for: client)
    return nil
  }

  private mutating func promote(_ client: IPAddress, at index: RecencyTable<IPAddress, Newcomer>.Index) {
    let bucket = newcomers[index].bucket
    newcomers.remove(index)
    if known.isFull, let first = known.first { known.remove(first) }
    known.insert(bucket, for: client)
  }

  private mutating func takeShared(isKnown: Bool, at moment: Int64) -> Bool {
    guard isKnown || newcomersBucket.take(under: newcomersShare, at: moment) else { return false }
    return totalBucket.take(under: total, at: moment)
  }
}

extension IPAddress {
  /// What limits know a client by: an IPv4 address, or the /64 of an IPv6 one, because who has a /64 has all of its
  /// addresses.
  public var limitKey: IPAddress {
    isIPv4 ? self : IPAddress(bits: bits & ~UInt128(UInt64.max))
  }
}
