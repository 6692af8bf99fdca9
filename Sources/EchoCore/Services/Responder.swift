public import Addresses

/// The part of a service that answers one queue's messages. Each queue has its own, and calls it from its own thread
/// only, so it may keep state without a lock.
public protocol Responder: AnyObject {
  /// Answers a message. It must not allocate, log or wait: it is called for each message.
  func answer(_ request: borrowing ServiceRequest) -> Answer

  /// Completes the replies since the last call just before they are sent. They are still where they were written. The
  /// time is in nanoseconds since 1970. Called only for a service that needs ``Service/Needs/times``.
  func willSend(at nanoseconds: Int64)

  /// Applies the changed configuration of its listener from the next message on.
  func change(to listener: ListenerConfiguration)

  /// Forgets clients that have been silent for ``ClientTable/lifetimeSeconds``; the time is as ``ServiceRequest/arrival``.
  func expire(at now: Int64)

  /// When ``expire(at:)`` has something to do next; `nil` for never.
  var nextExpiry: Int64? { get }

  /// Writes what it knows about its clients, for the responder that takes its place after a restart.
  func write(to writer: inout StateWriter)

  /// Takes over what the responder before it wrote, before its first message; the time is as ``ServiceRequest/arrival``.
  /// Throws, and knows nothing, if the bytes are broken.
  func restore(from reader: inout StateReader, at now: Int64) throws(StateError)
}

extension Responder {
  /// Does nothing.
  public func change(to listener: ListenerConfiguration) {}

  /// Does nothing.
  public func willSend(at nanoseconds: Int64) {}

  /// Does nothing.
  public func expire(at now: Int64) {}

  /// Never.
  public var nextExpiry: Int64? { nil }

  /// Writes nothing.
  public func write(to writer: inout StateWriter) {}

  /// Reads nothing.
  public func restore(from reader: inout StateReader, at now: Int64) throws(StateError) {}
}

/// A message as it reached a queue, and the room for its reply.
public struct ServiceRequest {
  /// The memory that begins with the message, and in which the reply is written from the same byte on. It is longer than
  /// the message: over UDP it holds the longest datagram, over TCP at least ``replyRoomBytes`` more. The bytes after the
  /// message are left from earlier ones.
  public let room: UnsafeMutableRawBufferPointer
  /// How many bytes of the room the message has.
  public let byteCount: Int
  /// Who the message is from; `nil` for a client without an address, on a Unix socket.
  public let client: Endpoint?
  /// Which of our endpoints it was sent to; `nil` when that is not known: see ``Service/Needs/localEndpoint``.
  public let local: Endpoint?
  /// How it reached us; `nil` unless the service needs it: see ``Service/Needs/delivery``.
  public let delivery: Delivery?
  /// When the queue received it, in milliseconds of a clock that never goes back.
  public let arrival: Int64

  /// How much longer than its message a reply can always be over TCP. Over UDP it is never longer: the rest is cut off.
  public static let replyRoomBytes = 4096

  /// Makes a request of its parts.
  public init(
    room: UnsafeMutableRawBufferPointer, byteCount: Int, client: Endpoint?, local: Endpoint?,
    delivery: Delivery? = nil, arrival: Int64
  ) {
    self.room = room
    self.byteCount = byteCount
    self.client = client
    self.local = local
    self.delivery = delivery
    self.arrival = arrival
  }

  /// The message.
  public var message: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: room[..<byteCount])
  }
}

/// What a responder is made for.
public struct ResponderSetting: Sendable {
  /// The listener.
  public var listener: ListenerConfiguration
  /// The machine's host name.
  public var hostName: String
  /// The counters of the queue. A service that has statistics of its own adds to them.
  public var counters: Counters
  /// The maximum error of the clock relative to UTC, in microseconds; `nil` if it is not known. Each call makes a
  /// system call.
  public var clockError: @Sendable () -> Int64?

  /// Makes a setting of its parts.
  public init(
    listener: ListenerConfiguration, hostName: String, counters: Counters = Counters(),
    clockError: @escaping @Sendable () -> Int64? = { nil }
  ) {
    self.listener = listener
    self.hostName = hostName
    self.counters = counters
    self.clockError = clockError
  }
}

/// How a message reached us, beyond its endpoints.
public struct Delivery {
  /// The other end of the socket: the client, or a proxy.
  public var peer: Endpoint?
  /// UDP: the TTL or hop limit that the datagram arrived with; `nil` if the kernel did not say.
  public var hopLimit: UInt8?
  /// UDP: the traffic class that it arrived with, DSCP and ECN; `nil` if the kernel did not say.
  public var trafficClass: UInt8?
  /// UDP: when the kernel received the datagram, in nanoseconds since 1970; `nil` unless the service needs
  /// ``Service/Needs/times``.
  public var arrivedAt: Int64?
  /// The PROXY header that names the client, and the bytes that its fields refer to; `nil` without one.
  public var proxy: (header: ProxyHeader, bytes: UnsafeRawBufferPointer)?

  /// Makes a value of its parts.
  public init(
    peer: Endpoint?, hopLimit: UInt8? = nil, trafficClass: UInt8? = nil, arrivedAt: Int64? = nil,
    proxy: (header: ProxyHeader, bytes: UnsafeRawBufferPointer)? = nil
  ) {
    self.peer = peer
    self.hopLimit = hopLimit
    self.trafficClass = trafficClass
    self.arrivedAt = arrivedAt
    self.proxy = proxy
  }
}

/// What a responder answers.
public enum Answer: Equatable, Sendable {
  /// No reply is due.
  case nothing
  /// A reply was due, and is refused: it is counted under its reason.
  case refusal(DropReason)
  /// A reply of the given length has been written into the request's buffer. It is sent at once, or after the given
  /// delay in milliseconds. Over UDP it can have a traffic class of its own; `nil` leaves that to the listener.
  case reply(byteCount: Int, delayMilliseconds: Int64 = 0, trafficClass: UInt8? = nil)
}
