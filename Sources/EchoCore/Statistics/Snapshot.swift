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
  public var statistics: Statistics

  /// Makes a listener's part of a snapshot.
  public init(
    name: String, transport: Transport, address: String, port: UInt16, service: String, statistics: Statistics
  ) {
    self.name = name
    self.transport = transport
    self.address = address
    self.port = port
    self.service = service
    self.statistics = statistics
  }
}

/// The daemon's statistics at one moment: what /stats and /metrics show.
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
  public var totals: Statistics
  /// The listeners in the configuration's order.
  public var listeners: [ListenerSnapshot]

  /// Makes a snapshot.
  public init(
    version: String, state: LifeState, startedAt: Int, uptimeSeconds: Double, totals: Statistics,
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
