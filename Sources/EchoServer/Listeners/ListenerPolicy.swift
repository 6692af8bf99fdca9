import EchoCore

/// What a listener permits and how long it waits: everything that a reload can change while the queues run. The queues
/// share the limits.
struct ListenerPolicy: Sendable {
  let configuration: ListenerConfiguration
  /// Who may use the listener, and for TCP with how many connections.
  private(set) var limits: ConnectionLimits
  /// The limit on replies, for UDP; `nil` for none.
  private(set) var limiter: SharedRateLimiter?
  /// The peers that may use a listener with `proxyProtocol`; `nil` without it.
  let proxies: AccessList?
  /// What happens to its messages; `nil` without `impair`.
  let impairer: Impairer?
  /// The seed that echod picked when it started.
  private let drawnSeed: UInt32

  /// - Parameters:
  ///   - process: the process's limit on connections.
  ///   - drawnSeed: the seed of an `impair` that has none.
  init(for configuration: ListenerConfiguration, process: ConnectionBudget, drawnSeed: UInt32) {
    self.configuration = configuration
    self.drawnSeed = drawnSeed
    proxies = configuration.proxyProtocol.map { AccessList($0.from) }
    impairer = configuration.impair.map { Impairer($0, drawnSeed: drawnSeed) }
    limits = ConnectionLimits(
      access: AccessList(configuration.allow),
      listener: ConnectionBudget(limit: configuration.maxConnections),
      process: process, perClient: configuration.maxConnectionsPerClient.map(PerClientBudget.init))
    limiter = SharedRateLimiter(for: configuration)
  }

  /// The policy after a reload. A limit that is in both policies keeps its counts. It changes at once, so call this
  /// only when the reload can no longer fail.
  func changed(to newer: ListenerConfiguration) -> ListenerPolicy {
    var policy = ListenerPolicy(for: newer, process: limits.process, drawnSeed: drawnSeed)
    limits.listener.changeLimit(to: newer.maxConnections)
    policy.limits.listener = limits.listener
    if let perClient = limits.perClient, let limit = newer.maxConnectionsPerClient {
      perClient.changeLimit(to: limit)
      policy.limits.perClient = perClient
    }
    if let limiter, policy.limiter != nil {
      let isSame =
        newer.rateLimit == configuration.rateLimit && newer.totalRateLimit == configuration.totalRateLimit
      if !isSame { limiter.change(to: newer) }
      policy.limiter = limiter
    }
    return policy
  }
}
