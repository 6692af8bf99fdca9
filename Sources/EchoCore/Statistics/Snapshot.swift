/// What a listener counted, as plain numbers: a copy made at one moment.
public struct Figures: Hashable, Sendable {
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

  /// Adds another listener's figures to these.
  public static func += (left: inout Figures, right: Figures) {
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

/// Why a message or a connection got no reply.
public enum DropReason: Int, CaseIterable, Sendable {
  /// The client's address is not allowed, or the datagram was sent to a group and not to this host.
  case denied
  /// A reply could start a loop: CVE-1999-0103, CVE-2024-2169.
  case loopGuard
  /// The client's address sends faster than its rate.
  case rateLimited
  /// A limit on connections or on all clients together was reached.
  case overLimit
  /// The kernel refused the reply.
  case sendFailed

  /// The name in /stats.
  public var name: String { String(describing: self) }
}

/// Where the daemon is in its life.
public enum LifeState: String, Sendable {
  /// Binding what the configuration lists.
  case starting
  /// Serving.
  case running
  /// Changing to a new configuration; still serving.
  case reloading
  /// Accepting nothing new, sending what was received.
  case stopping
}

/// One listener in a ``Snapshot``.
public struct ListenerSnapshot: Hashable, Sendable {
  /// The listener's unique name.
  public var name: String
  /// `"udp"` or `"tcp"`.
  public var transport: Transport
  /// The address that it is bound to, as text.
  public var address: String
  /// The port that it is bound to: what the kernel chose when the configuration says 0.
  public var port: UInt16
  /// The service's name.
  public var service: String
  /// What it counted.
  public var figures: Figures

  /// Makes a listener's part of a snapshot.
  public init(
    name: String, transport: Transport, address: String, port: UInt16, service: String, figures: Figures
  ) {
    self.name = name
    self.transport = transport
    self.address = address
    self.port = port
    self.service = service
    self.figures = figures
  }
}

/// The daemon's figures at one moment: what /stats and /metrics show.
public struct Snapshot: Hashable, Sendable {
  /// echod's version.
  public var version: String
  /// Where the daemon is in its life.
  public var state: LifeState
  /// When the daemon started, in seconds since 1970-01-01T00:00:00Z.
  public var startedAt: Int
  /// Seconds since then, by a clock that no change of the time of day moves.
  public var uptimeSeconds: Double
  /// Everything since the start, listeners that a reload took away included.
  public var totals: Figures
  /// The listeners in the configuration's order.
  public var listeners: [ListenerSnapshot]

  /// Makes a snapshot.
  public init(
    version: String, state: LifeState, startedAt: Int, uptimeSeconds: Double, totals: Figures,
    listeners: [ListenerSnapshot]
  ) {
    self.version = version
    self.state = state
    self.startedAt = startedAt
    self.uptimeSeconds = uptimeSeconds
    self.totals = totals
    self.listeners = listeners
  }
}
