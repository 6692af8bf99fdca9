public import Addresses

/// Limits replies with a token bucket for each client, and one for all clients together.
///
/// A client is identified by its ``LimitKey``, in tables of fixed size. Addresses can be forged, so there are two
/// tables: a *newcomer* becomes a known client when it sends again some time after it was first seen, and a newcomer
/// can evict only another newcomer. Newcomers get at most half of the tokens of all clients. A flood from forged
/// addresses, each seen once, therefore neither evicts a known client nor uses up its replies.
public struct RateLimiter: Sendable {
  /// The size of the table of known clients, and of that of newcomers.
  public static let capacity = 32_768
  /// How many bytes both tables take at most.
  public static let memoryBytes = 8 << 20
  /// How long after its first datagram a newcomer must send again to become known.
  public static let probationMilliseconds: Int64 = 1000

  private struct Newcomer {
    var bucket = TokenBucket()
    var since: Int64
  }

  private var perClient: TokenBucket.Pace?
  private var total: TokenBucket.Pace?
  private var newcomersShare: TokenBucket.Pace?
  private var known: RecencyTable<LimitKey, TokenBucket>
  private var newcomers: RecencyTable<LimitKey, Newcomer>
  private var totalBucket = TokenBucket()
  private var newcomersBucket = TokenBucket()

  /// Makes a limiter. It allocates its memory when the first client sends.
  ///
  /// - Parameters:
  ///   - perClient: the limit of each client; `nil` for none.
  ///   - total: the limit of all clients together; `nil` for none.
  public init(perClient: RateLimit?, total: RateLimit?, capacity: Int = Self.capacity) {
    self.known = RecencyTable(capacity: capacity)
    self.newcomers = RecencyTable(capacity: capacity)
    setPaces(perClient: perClient, total: total)
  }

  /// Changes the limits. Every bucket is filled; known clients stay known.
  public mutating func change(perClient: RateLimit?, total: RateLimit?) {
    setPaces(perClient: perClient, total: total)
    known.update { $0 = TokenBucket() }
    newcomers.update { $0.bucket = TokenBucket() }
    (totalBucket, newcomersBucket) = (TokenBucket(), TokenBucket())
  }

  private mutating func setPaces(perClient: RateLimit?, total: RateLimit?) {
    self.perClient = perClient.map(TokenBucket.Pace.init)
    self.total = total.map(TokenBucket.Pace.init)
    newcomersShare = total.map {
      TokenBucket.Pace(RateLimit(perSecond: max(1, $0.perSecond / 2), burst: max(1, $0.burst / 2)))
    }
  }

  /// Why a datagram gets no reply: ``DropReason/rateLimited`` over the client's own limit, ``DropReason/overLimit`` over
  /// that of all clients together, `nil` below both. `now` is in milliseconds of a monotonic clock.
  public mutating func refusal(of endpoint: Endpoint, at now: Int64) -> DropReason? {
    let client = LimitKey(endpoint)
    let moment = now * 1_000_000
    if let index = known.index(of: client) {
      known.touch(index)
      guard known[index].take(under: perClient, at: moment) else { return .rateLimited }
      return takeShared(isKnown: true, at: moment) ? nil : .overLimit
    }
    guard let index = newcomers.index(of: client) else {
      return welcome(client, at: now)
    }
    guard newcomers[index].bucket.take(under: perClient, at: moment) else { return .rateLimited }
    if now - newcomers[index].since >= Self.probationMilliseconds {
      promote(client, at: index)
      return takeShared(isKnown: true, at: moment) ? nil : .overLimit
    }
    newcomers.touch(index)
    return takeShared(isKnown: false, at: moment) ? nil : .overLimit
  }

  private mutating func welcome(_ client: LimitKey, at now: Int64) -> DropReason? {
    let moment = now * 1_000_000
    // A client that gets no reply need not be remembered.
    guard takeShared(isKnown: false, at: moment) else { return .overLimit }
    var newcomer = Newcomer(since: now)
    _ = newcomer.bucket.take(under: perClient, at: moment)
    newcomers.insert(newcomer, for: client)
    return nil
  }

  private mutating func promote(_ client: LimitKey, at index: RecencyTable<LimitKey, Newcomer>.Index) {
    let bucket = newcomers[index].bucket
    newcomers.remove(index)
    known.insert(bucket, for: client)
  }

  private mutating func takeShared(isKnown: Bool, at moment: Int64) -> Bool {
    guard isKnown || newcomersBucket.take(under: newcomersShare, at: moment) else { return false }
    return totalBucket.take(under: total, at: moment)
  }
}

extension RateLimiter {
  /// How many bytes a client takes in a state: its key and its bucket.
  private static let stateBytes = 16 + 8

  /// Writes the limits, the shared buckets and the known clients. Newcomers are left out, because they can become known
  /// again.
  public func write(to writer: inout StateWriter) {
    for pace in [perClient, total] {
      writer.write(pace) { writer, pace in
        writer.write(pace.nanosecondsPerToken)
        writer.write(pace.longestDebt)
      }
    }
    for bucket in [totalBucket, newcomersBucket] { writer.write(bucket.fullAt) }
    known.write(to: &writer) { writer, client, bucket in
      writer.write(client.bits)
      writer.write(bucket.fullAt)
    }
  }

  /// Takes over the known clients that another limiter wrote, and forgets its own; `now` is in milliseconds of the
  /// monotonic clock. If the other limiter had different limits, every bucket is full, as after
  /// ``change(perClient:total:)``. Throws, and knows no client, if the bytes are broken.
  public mutating func restore(from reader: inout StateReader, at now: Int64) throws(StateError) {
    newcomers = RecencyTable(capacity: newcomers.capacity)
    known = RecencyTable(capacity: known.capacity)
    (totalBucket, newcomersBucket) = (TokenBucket(), TokenBucket())
    let moment = now * 1_000_000
    let limits = [try Self.pace(from: &reader), try Self.pace(from: &reader)]
    let isSame = limits == [perClient, total]
    let (pace, totalPace, share) = isSame ? (perClient, total, newcomersShare) : (nil, nil, nil)
    let ofAll = TokenBucket(fullAt: try reader.number(), under: totalPace, at: moment)
    let ofNewcomers = TokenBucket(fullAt: try reader.number(), under: share, at: moment)
    try known.restore(from: &reader, ofBytes: Self.stateBytes) { reader throws(StateError) in
      let client = LimitKey(bits: try reader.number())
      return (client, TokenBucket(fullAt: try reader.number(), under: pace, at: moment))
    }
    (totalBucket, newcomersBucket) = (ofAll, ofNewcomers)
  }

  private static func pace(from reader: inout StateReader) throws(StateError) -> TokenBucket.Pace? {
    try reader.optional { reader throws(StateError) in
      TokenBucket.Pace(nanosecondsPerToken: try reader.number(), longestDebt: try reader.number())
    }
  }
}
