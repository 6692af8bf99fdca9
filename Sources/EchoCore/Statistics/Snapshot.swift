public import Addresses

/// What the daemon is doing.
public enum LifeState: String, Sendable {
  /// Binding the configured addresses.
  case starting
  /// Serving.
  case running
  /// Changing to a new configuration, while it is still serving.
  case reloading
  /// Draining: it accepts nothing more and sends the replies that are due.
  case stopping

  /// Whether clients are served.
  public var isServing: Bool {
    switch self {
    case .running, .reloading: true
    case .starting, .stopping: false
    }
  }
}

/// One listener in a ``Snapshot``.
public struct ListenerSnapshot: Hashable, Sendable {
  /// Its configuration.
  public var configuration: ListenerConfiguration
  /// What it is bound to, with the port that the kernel chose when the configuration says 0.
  public var endpoint: Endpoint
  /// What it has counted.
  public var statistics: Statistics
  /// How many of its queues did not answer in time.
  public var silentQueues: Int

  /// The address that it is bound to, with its zone if it is link-local.
  public var zonedAddress: ZonedAddress {
    ZonedAddress(
      endpoint.address, zone: endpoint.address.isIPv6LinkLocal ? configuration.boundInterface : nil)
  }

  /// Whether clients beyond loopback, link-local and private networks can reach it.
  public var isOpenToPublic: Bool { configuration.isPublic && !endpoint.address.isLoopback }

  /// How many of its queues answered in time.
  public var answeringQueues: Int { max(0, configuration.queues - silentQueues) }

  /// Makes a listener's part of a snapshot.
  public init(
    configuration: ListenerConfiguration, endpoint: Endpoint, statistics: Statistics, silentQueues: Int = 0
  ) {
    self.configuration = configuration
    self.endpoint = endpoint
    self.statistics = statistics
    self.silentQueues = silentQueues
  }
}

/// The daemon's statistics at one moment, as /stats and /metrics show them.
public struct Snapshot: Hashable, Sendable {
  /// echod's version.
  public var version: String
  /// What the daemon is doing.
  public var state: LifeState
  /// When the daemon started, in seconds since 1970-01-01T00:00:00Z by the clock as it is now.
  public var startedAt: Int
  /// Seconds since then, by a clock that is never set.
  public var uptimeSeconds: Double
  /// Everything since the start, including listeners that a reload removed.
  public var totals: Statistics
  /// The listeners in the configuration's order.
  public var listeners: [ListenerSnapshot]
  /// What the process uses.
  public var process: ProcessStatistics
  /// What it took back from the process before this one.
  public var restored: Restored

  /// Makes a snapshot.
  public init(
    version: String, state: LifeState, startedAt: Int, uptimeSeconds: Double, totals: Statistics,
    listeners: [ListenerSnapshot], process: ProcessStatistics = ProcessStatistics(),
    restored: Restored = Restored()
  ) {
    self.version = version
    self.state = state
    self.startedAt = startedAt
    self.uptimeSeconds = uptimeSeconds
    self.totals = totals
    self.listeners = listeners
    self.process = process
    self.restored = restored
  }
}
