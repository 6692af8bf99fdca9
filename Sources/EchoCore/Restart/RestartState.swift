public import Addresses

/// What a process leaves to the next one when it restarts, besides the descriptors.
///
/// Times are in milliseconds, or in nanoseconds where stated, of the monotonic clock, which continues across processes.
public struct RestartState: Hashable, Sendable {
  /// The configuration that was in force, as JSON with all defaults.
  public var configuration: String
  /// The seed of each `impair` that has none.
  public var drawnSeed: UInt32
  /// The counts of the listeners that reloads removed.
  public var removed: Statistics
  /// How many connections could not be handed over.
  public var lostConnections: UInt32 = 0
  /// The listeners.
  public var listeners: [ListenerState] = []

  /// Makes the state of a process without listeners.
  public init(configuration: String, drawnSeed: UInt32, removed: Statistics = Statistics()) {
    (self.configuration, self.drawnSeed, self.removed) = (configuration, drawnSeed, removed)
  }
}

/// What a listener leaves to the next process.
public struct ListenerState: Hashable, Sendable {
  /// Its name.
  public var name: String
  /// Its transport.
  public var transport: Transport
  /// What it counted; the counts of what is current are 0.
  public var statistics = Statistics()
  /// Its ``RateLimiter``; empty without one, or if it was left out.
  public var limiter: [UInt8] = []
  /// Its sockets, and what their queues know.
  public var sockets: [SocketState] = []
  /// Its connections.
  public var connections: [ConnectionState] = []

  /// Makes the state of a listener without sockets.
  public init(name: String, transport: Transport) {
    (self.name, self.transport) = (name, transport)
  }
}

/// What a bound socket, and its queue, leave to the next process.
public struct SocketState: Hashable, Sendable {
  /// Identifies the socket: its inode's number.
  public var number: UInt64
  /// UDP: the value of the kernel's counter of dropped datagrams up to which drops were counted.
  public var countedDrops: UInt32 = 0
  /// UDP: the original size of the receive buffer, in bytes; 0 if it is not known.
  public var initialReceiveBuffer = 0
  /// UDP: the original size of the send buffer, in bytes; 0 if it is not known.
  public var initialSendBuffer = 0
  /// UDP: its ``ClientTable``; this and what follows is empty if it was left out.
  public var clients: [UInt8] = []
  /// UDP: its ``ImpairedClients``; empty without them.
  public var impaired: [UInt8] = []
  /// UDP: its ``ProxiedClients``; empty without them.
  public var proxied: [UInt8] = []
  /// What its ``Responder`` knows; empty if it knows nothing.
  public var responder: [UInt8] = []

  /// Makes the state of a socket about which nothing is known.
  public init(number: UInt64) { self.number = number }
}

/// What a connection leaves to the next process.
public struct ConnectionState: Hashable, Sendable {
  /// What the connection waits for.
  public enum Phase: UInt8, Sendable {
    /// The rest of its PROXY header.
    case preface
    /// A message.
    case receiving
    /// Room for the rest of a reply.
    case sending
    /// The peer's FIN, after ours.
    case lingering
  }

  /// Identifies the socket: its inode's number.
  public var number: UInt64
  /// What it waits for.
  public var phase = Phase.receiving
  /// When it stops waiting; 0 for never.
  public var deadline: Int64 = 0
  /// The other end.
  public var peer: Endpoint?
  /// The client; `nil` for one without an address, and before a header has named it.
  public var client: Endpoint?
  /// Our end, if it is known.
  public var local: Endpoint?
  /// How many messages were received.
  public var messages: UInt64 = 0
  /// How many bytes were in these messages.
  public var bytes: UInt64 = 0
  /// How many bytes of replies were sent.
  public var replyBytes: UInt64 = 0
  /// When the last byte was sent or received.
  public var activeAt: Int64 = 0
  /// When its line is free again, in nanoseconds.
  public var lineFreeAt: Int64 = 0
  /// The bytes of an incomplete PROXY header that have arrived.
  public var preface: [UInt8] = []
  /// The PROXY header that named the client, if the service shows it.
  public var header: [UInt8] = []
  /// What is left of a reply.
  public var unsent: [UInt8] = []

  /// Makes the state of a connection about which nothing is known.
  public init(number: UInt64) { self.number = number }

  /// Whether bytes of the connection were left out, so that it cannot go on: it has a reply to send, but not its bytes.
  public var lacksBytes: Bool { phase == .sending && unsent.isEmpty }
}
