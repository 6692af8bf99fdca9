/// What a listener counted, as plain numbers: a copy made at one moment.
public struct Statistics: Hashable, Sendable {
  /// Datagrams received; on TCP, receives that returned bytes.
  public var messagesReceived: UInt64 = 0
  /// Replies sent whole.
  public var messagesSent: UInt64 = 0
  /// Payload bytes received.
  public var bytesReceived: UInt64 = 0
  /// Payload bytes handed to the kernel.
  public var bytesSent: UInt64 = 0
  /// TCP connections open now; UDP endpoints heard from within the last ``ClientTable/lifetimeSeconds``.
  public var clientsCurrent: UInt64 = 0
  /// How often a client came new.
  public var clientsTotal: UInt64 = 0
  /// UDP endpoints forgotten early because the table was full.
  public var clientsEvicted: UInt64 = 0
  /// Messages and connections that got no reply, by reason, in the order of ``DropReason/allCases``.
  public var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)

  /// All zero.
  public init() {}

  /// Everything dropped, whatever the reason.
  public var droppedTotal: UInt64 { drops.reduce(0, &+) }

  /// How many were dropped for that reason.
  public subscript(reason: DropReason) -> UInt64 {
    get { drops[reason.rawValue] }
    set { drops[reason.rawValue] = newValue }
  }

  /// Adds another listener's statistics to these.
  public static func += (left: inout Statistics, right: Statistics) {
    left.messagesReceived &+= right.messagesReceived
    left.messagesSent &+= right.messagesSent
    left.bytesReceived &+= right.bytesReceived
    left.bytesSent &+= right.bytesSent
    left.clientsCurrent &+= right.clientsCurrent
    left.clientsTotal &+= right.clientsTotal
    left.clientsEvicted &+= right.clientsEvicted
    for reason in DropReason.allCases { left[reason] &+= right[reason] }
  }
}
