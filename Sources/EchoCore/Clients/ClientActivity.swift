public import Addresses

/// What a client has sent.
public struct ClientActivity: Hashable, Sendable {
  /// The client.
  public let client: Endpoint
  /// How many messages were received from it since it became current.
  public private(set) var messages: UInt64
  /// How many bytes were in these messages.
  public private(set) var bytes: UInt64
  /// How long ago it was last active, in milliseconds.
  public private(set) var silentMilliseconds: Int64

  /// Makes a client's activity. A negative silence counts as 0.
  public init(client: Endpoint, messages: UInt64, bytes: UInt64, silentMilliseconds: Int64) {
    (self.client, self.messages, self.bytes) = (client, messages, bytes)
    self.silentMilliseconds = max(0, silentMilliseconds)
  }

  /// Adds the activity of the same client on another queue.
  mutating func merge(_ other: ClientActivity) {
    messages &+= other.messages
    bytes &+= other.bytes
    silentMilliseconds = min(silentMilliseconds, other.silentMilliseconds)
  }

  /// Whether the client is busier: by its messages, then by its bytes, then by which was active last.
  func isBusier(than other: ClientActivity) -> Bool {
    (messages, bytes, other.silentMilliseconds) > (other.messages, other.bytes, silentMilliseconds)
  }
}

/// The busiest of many clients. It takes memory for at most twice ``limit`` clients, however many are added.
public struct BusiestClients: Sendable {
  /// How many clients are kept.
  public static let limit = 1000

  private let limit: Int
  /// The clients that may be among the busiest, at most twice the limit.
  private var candidates: [ClientActivity] = []
  /// The least busy client that was kept the last time. A client that is not busier cannot be among the busiest.
  private var floor: ClientActivity?

  /// Makes an empty collection, for ``limit`` clients.
  public init() { self.init(limit: Self.limit) }

  init(limit: Int) { self.limit = limit }

  /// Adds a client.
  public mutating func add(_ activity: ClientActivity) {
    if let floor, !activity.isBusier(than: floor) { return }
    candidates.append(activity)
    if candidates.count >= 2 * limit { keepBusiest() }
  }

  /// The busiest clients, the busiest first. A client that several queues know appears once.
  public func sorted() -> [ClientActivity] {
    var merged: [Endpoint: ClientActivity] = [:]
    for activity in candidates {
      merged[activity.client]?.merge(activity) ?? (merged[activity.client] = activity)
    }
    return Array(merged.values.sorted { $0.isBusier(than: $1) }.prefix(limit))
  }

  private mutating func keepBusiest() {
    candidates = sorted()
    if candidates.count == limit { floor = candidates.last }
  }
}
