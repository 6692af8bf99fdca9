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
