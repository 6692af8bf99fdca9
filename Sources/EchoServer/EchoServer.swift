import Addresses
import AdminHTTP
public import EchoCore
public import Logging
import Sockets
import Synchronization
import SystemPackage

/// The daemon's listeners and its admin socket, which are started, changed and stopped together.
///
/// ``apply(_:)`` and ``stop()`` must not overlap: wait for one call to return before the next.
public actor EchoServer {
  /// A queue of its own, so that reloads and statistics never wait for other work in the process.
  private nonisolated let executor = QueueExecutor(label: "echod.server")
  /// Where the actor runs.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let logger: Logger
  private let passed: ActivationSockets
  private let descriptorLimit: Int
  private let connectionBudget: ConnectionBudget
  /// The seed of each `impair` that has none, for as long as echod runs.
  private var drawnSeed: UInt32
  /// What the process before this one left, until the start.
  private var restoration: Restoration?
  private var restored = Restored()
  private let store: (any DescriptorStore)?
  private var startTime = StartTime()
  private var processMeter = ProcessMeter()

  private var configuration: Configuration?
  private var listeners: [Listener] = []
  /// What there was to serve before a stop. The statistics show it until the drain ends.
  private var stopped: [Listener.Facts] = []
  private var admin: AdminServer?
  /// The passed sockets without a listener; `nil` if there are none.
  private(set) var unserved: UnservedSockets?
  private let lifeState = Mutex(LifeState.starting)
  private var tallies = Tallies()
  private var drains = Drains()
  /// Descriptors that are open before anything is bound: standard streams, passed sockets, and what was inherited.
  private let openDescriptors: Int

  /// Makes a server without listeners.
  ///
  /// - Parameters:
  ///   - descriptorLimit: how many descriptors this process may open.
  ///   - openDescriptors: how many are open now.
  ///   - passed: sockets to use instead of binding.
  ///   - restoration: what the process before this one left.
  ///   - store: keeps the sockets for the next process; `nil` for nothing.
  ///   - drawnSeed: the seed of each `impair` that has none, unless there was one before a restart.
  ///   - logger: logs what starts and stops.
  public init(
    descriptorLimit: Int, openDescriptors: Int, passed: ActivationSockets = ActivationSockets(),
    restoration: Restoration = Restoration(), store: (any DescriptorStore)? = nil,
    drawnSeed: UInt32 = .random(in: .min ... .max), logger: Logger
  ) {
    self.restoration = restoration.isEmpty ? nil : restoration
    self.store = store
    self.drawnSeed = drawnSeed
    self.descriptorLimit = descriptorLimit
    self.openDescriptors = openDescriptors - restoration.descriptorCount
    self.connectionBudget = ConnectionBudget(limit: 1)
    self.passed = passed
    self.logger = logger
  }

  /// Checks whether the process may open the descriptors that a configuration needs. ``apply(_:)`` checks this too.
  public nonisolated func checkDescriptors(for new: Configuration) throws(StartError) {
    let least = descriptorNeeds(of: new).leastLimit
    if least > descriptorLimit { throw .descriptors(least: least, limit: descriptorLimit) }
  }

  /// How many threads the current configuration needs.
  public var threadCount: Int { configuration?.threadsNeeded ?? 0 }

  /// Applies a configuration: the first one, or a new one. If it throws, nothing has changed.
  ///
  /// A listener keeps its queues, connections and statistics, unless a key changes that needs new sockets or queues. It
  /// then hands its sockets over if their addresses stay the same, so that no client is refused. The connections of
  /// queues that end are drained.
  public func apply(_ new: Configuration) async throws(StartError) {
    try checkDescriptors(for: new)
    if configuration != nil { state = .reloading }
    let arrival = restoration.map { Arrival($0, logger: logger) }
    drawnSeed = arrival?.drawnSeed ?? drawnSeed
    let diff = ReloadDiff(
      from: listeners, to: new, passed: passed, restoration: restoration ?? Restoration())
    let plan: BoundConfiguration
    do throws(StartError) {
      plan = try BoundConfiguration(
        for: diff,
        in: BoundConfiguration.Context(
          server: self, connections: connectionBudget, drawnSeed: drawnSeed, logger: logger, admin: admin,
          unserved: unserved, draining: drains.neighbours))
    } catch {
      // One of these may be what occupies an address.
      logger.warn(about: diff.unservedSockets.map(\.facts), isInForce: false)
      for facts in diff.servedSockets(inTheWayOf: error) {
        logger.warning(
          """
          the passed socket \(facts) is on the same port; its socket unit decides whether other sockets can share it
          """)
      }
      if configuration != nil { state = .running }
      throw error
    }
    await carryOut(plan, of: diff, arrival)
    keepSockets()
    logger.warn(about: diff.unservedSockets.map(\.facts), isInForce: true)
    state = .running
  }

  /// Hands everything over to the next process, or stops if it cannot get it. The process must end when this returns.
  ///
  /// Delayed replies are sent first, within ``drainSeconds``; queues that have none go on serving.
  public func handOver() async {
    guard let store, let configuration else {
      logger.warning("no service manager keeps the connections, so they are drained")
      return await stop()
    }
    stopped = listeners.map(\.facts)
    state = .stopping
    let deadline = drainDeadline
    for queue in drains.queues { await queue.shortenDrain(to: deadline) }
    for task in drains.tasks { await task.value }
    let departure = Departure(
      configuration: configuration, drawnSeed: drawnSeed, listeners: listeners,
      socketCount: keptSockets.reduce(0) { $0 + $1.sockets.count }, logger: logger)
    await departure.settle(until: deadline)
    await admin?.stop(leavingSocket: true)
    admin = nil
    if await departure.handOver(to: store, { tallies }) {
      listeners = []
      return
    }
    let latest = SystemClock.monotonicMilliseconds() + Self.lateDrainMilliseconds
    await stop(leavingSockets: true, until: max(deadline, latest))
  }

  /// Stops accepting clients, drains for at most ``drainSeconds``, and returns when every socket is closed.
  public func stop() async { await stop(leavingSockets: false, until: drainDeadline) }

  /// The shortest time that a drain has after a failed hand-over.
  private static let lateDrainMilliseconds: Int64 = 2000

  /// - Parameter leavingSockets: whether the store keeps the sockets, with what waits there.
  private func stop(leavingSockets: Bool, until deadline: Int64) async {
    stopped = listeners.map(\.facts)
    state = .stopping
    for listener in listeners {
      await end(listener, until: deadline) { socket in
        leavingSockets || passed.contains(socket) ? .handedOver : .closed
      }
    }
    listeners = []
    if !leavingSockets { store?.keep([]) }
    for queue in drains.queues { await queue.shortenDrain(to: deadline) }
    for task in drains.tasks { await task.value }
    await admin?.stop()
    admin = nil
    // Last, so that we keep turning these sockets' clients away until the very end.
    await unserved?.emptyAndStop()
    unserved = nil
  }

  /// The number of listeners.
  public var listenerCount: Int { listeners.count }

  /// The passed sockets that no listener uses.
  public var unservedSockets: [UnservedSocket] {
    configuration.map { passed.assigned(in: $0).unserved.map(\.facts) } ?? []
  }

  /// The current configuration's grace period: how long shutdown may drain, in seconds.
  public var drainSeconds: Int { configuration?.drainSeconds ?? 0 }

  /// What the server is doing. Never waits for the server's own work.
  public private(set) nonisolated var state: LifeState {
    get { lifeState.withLock { $0 } }
    set { lifeState.withLock { $0 = newValue } }
  }

  /// Where the admin socket is bound; `nil` if there is none.
  public var adminEndpoint: AdminEndpoint? { admin?.endpoint }

  /// The current statistics. Messages that have already arrived are served and counted first, within
  /// ``RollCall/timeoutMilliseconds``.
  ///
  /// - Parameter includesProcess: whether to measure what the process uses, which can take some milliseconds.
  public func snapshot(includingProcess includesProcess: Bool = false) async -> Snapshot {
    let silent = await Listener.silentQueues(of: listeners)
    let current = (state == .stopping ? stopped : listeners.map(\.facts)).map { facts in
      ListenerSnapshot(
        configuration: facts.configuration, endpoint: facts.endpoint, statistics: tallies[facts.identity],
        silentQueues: silent[facts.identity] ?? 0)
    }
    return Snapshot(
      version: echodVersion, state: state, startedAt: startTime.secondsSinceEpoch(),
      uptimeSeconds: startTime.uptimeSeconds, totals: tallies.totals, listeners: current,
      process: includesProcess ? processMeter.statistics() : ProcessStatistics(), restored: restored)
  }

  /// Whether every queue answers, including the admin socket's.
  public func isResponsive() async -> Bool {
    let others = [admin?.executor, unserved?.executor].compactMap { $0 }
    return await RollCall.areAnswering(queues.map(\.executor) + others)
  }

  /// Finds out what the admin socket needs for a response, within ``RollCall/timeoutMilliseconds``.
  func answer(_ inquiry: Inquiry) async -> Finding {
    switch inquiry {
    case .snapshot(let includesProcess):
      return .snapshot(await snapshot(includingProcess: includesProcess))
    case .responsiveness(let name), .clients(let name):
      guard let listener = listeners.first(where: { $0.configuration.name == name }) else {
        return .unknownListener
      }
      if case .clients = inquiry { return .clients(await listener.busiestClients()) }
      return .responsiveness(await listener.isResponsive())
    }
  }

  var queues: [any ListenerQueue] { listeners.flatMap(\.queues) }

  private var drainDeadline: Int64 { SystemClock.monotonicMilliseconds() + Int64(drainSeconds) * 1000 }
}

// MARK: - Changing the configuration

extension EchoServer {
  private nonisolated func descriptorNeeds(of new: Configuration) -> DescriptorNeeds {
    DescriptorNeeds(
      of: new, isLeavingSockets: !passed.assigned(in: new).unserved.isEmpty, besides: openDescriptors)
  }

  /// Limits connections to what the current queues, and those that drain, leave of the descriptors.
  private func limitConnections() {
    guard let configuration else { return }
    let left = descriptorLimit - drains.count * DescriptorNeeds.descriptorsPerQueue
    connectionBudget.changeLimit(to: descriptorNeeds(of: configuration).connectionLimit(of: left))
  }

  private func carryOut(_ plan: BoundConfiguration, of diff: ReloadDiff, _ arrival: Arrival?) async {
    let leaving = diff.leaving
    let starting = plan.listeners.filter { wanted in
      !listeners.contains { $0.queues.first === wanted.queues.first }
    }
    let kept = plan.listeners.filter { wanted in !starting.contains { $0.identity == wanted.identity } }
    let deadline = drainDeadline
    let (oldAdmin, oldUnserved) = (admin, unserved)
    logChanges(to: diff.configuration)
    listeners = zip(plan.listeners, diff.configuration.listeners).map { $0.changed(to: $1) }
    (configuration, admin) = (diff.configuration, plan.admin)
    unserved = plan.unserved
    limitConnections()
    // Before a listener takes over one of its sockets, so that the listener's clients are not disconnected.
    if oldUnserved !== unserved { await oldUnserved?.stop() }
    for listener in starting {
      for queue in listener.queues { tallies.add(queue.counters, of: listener.identity) }
    }
    arrival?.restoreStatistics(in: &tallies)
    arrival?.restoreSockets()
    tallies.keep(listeners.map(\.identity))
    await shareLoopGuard()
    for earlier in kept {
      await listeners.first { $0.identity == earlier.identity }?.applyChanges(since: earlier, logger)
    }
    if let arrival {
      await start(starting, after: arrival, diff, until: drainDeadline)
    } else {
      for listener in starting { await start(listener) }
    }
    for listener in leaving {
      await end(listener, until: deadline) { diff.fate(of: $0, besides: starting) }
    }
    limitConnections()
    if oldAdmin !== admin {
      await admin?.start()
      if let oldAdmin {
        await oldAdmin.stop()
        if oldAdmin.endpoint != admin?.endpoint {
          logger.info("figures are no longer served on \(oldAdmin.endpoint)")
        }
      }
    } else {
      await admin?.answer(to: diff.configuration.admin?.hosts ?? [])
    }
    // After the previous owner of a socket has served everything still queued there.
    if oldUnserved !== unserved { await unserved?.start() }
  }

  /// Logs which of the file's own keys have changed.
  private func logChanges(to new: Configuration) {
    guard let old = configuration else { return }
    var changed = old.drainSeconds == new.drainSeconds ? [] : ["drainSeconds"]
    if let hosts = old.admin?.hosts, let newHosts = new.admin?.hosts, hosts != newHosts {
      changed.append("admin.hosts")
    }
    if !changed.isEmpty { logger.info("changed \(changed.joined(separator: ", "))") }
  }

  /// Gives the loop guard all our UDP ports, with those that the kernel chose and those of every passed socket.
  private func shareLoopGuard(with others: [any ListenerQueue] = []) async {
    let ports = listeners.filter { $0.configuration.transport == .udp }.flatMap(\.endpoints).map(\.port)
    for queue in queues + others { await queue.guardLoops(with: LoopGuard(ownPorts: Set(ports))) }
  }

  /// Keeps the sockets for the next process, also after a crash, and nothing from before the start.
  private func keepSockets() {
    if restoration != nil {
      store?.remove([StoredName.connections, StoredName.unfinished, StoredName.state])
    }
    restoration = nil
    store?.keep(keptSockets)
  }

  private var keptSockets: [KeptSockets] {
    KeptSockets.all(of: listeners, without: passed, admin: admin?.storable)
  }

  /// Starts the listeners with what there was before the restart, and drains what no longer has a place. UDP comes
  /// first, because its datagrams have to fit a buffer until then.
  private func start(
    _ starting: [Listener], after arrival: Arrival, _ diff: ReloadDiff, until deadline: Int64
  ) async {
    for listener in starting where listener.configuration.transport == .udp {
      await arrival.restore(listener)
      await start(listener, isRestored: arrival.has(socketsOf: listener))
    }
    let connections = arrival.takeConnections(for: listeners, within: connectionBudget)
    for listener in starting where listener.configuration.transport == .tcp {
      await start(listener, isRestored: arrival.has(socketsOf: listener))
      await arrival.give(connections.adopted[listener.identity] ?? [], to: listener)
    }
    let used = listeners.flatMap(\.sockets) + [admin?.storable].compactMap(\.self)
    restored = arrival.report(
      connections,
      sockets: arrival.restoration.sockets.count { stored in used.contains { $0 === stored.socket } })
    let former = FormerListener.all(
      of: arrival, connections, besides: used,
      in: FormerListener.Context(
        passed: passed, budget: connectionBudget, drawnSeed: drawnSeed, logger: logger))
    await shareLoopGuard(with: former.flatMap(\.listener.queues))
    for former in former {
      await drain(former, after: arrival, until: deadline) { diff.fate(of: $0, besides: starting) }
    }
  }

  private func drain(
    _ former: FormerListener, after arrival: Arrival, until deadline: Int64,
    leavingSockets fate: (BoundSocket) -> SocketFate
  ) async {
    let listener = former.listener
    await arrival.restoreQueues(of: listener)
    for (queue, socket) in zip(listener.queues, listener.sockets) {
      tallies.add(queue.counters, of: listener.identity)
      await queue.start(isTakingIn: fate(socket) == .closed)
    }
    tallies.keep(listeners.map(\.identity))
    await arrival.give(former.connections, to: listener)
    await end(listener, until: deadline, leavingSockets: fate)
  }

  private func start(_ listener: Listener, isRestored: Bool = false) async {
    let isPassed = listener.sockets.contains(where: passed.contains)
    await listener.start(isRestored: isRestored, isPassed: isPassed, logger)
  }

  private func end(
    _ listener: Listener, until deadline: Int64, leavingSockets fate: (BoundSocket) -> SocketFate
  ) async {
    let plan = listener.plan.onPort(listener.endpoint.port)
    for (queue, socket) in zip(listener.queues, listener.sockets) {
      let fate = fate(socket)
      await queue.endIntake(leavingSocket: fate)
      // The task captures only the listener's identity, so that the sockets are closed when the queues release them.
      let task = Task { [identity = listener.identity] in
        await queue.drain(until: deadline)
        self.retire(queue, of: identity)
      }
      drains.begin(
        queue, task,
        socket: fate == .closed ? EndingSocket(socket, boundTo: plan) : nil)
    }
    logger.about(listener.configuration, at: listener.endpoint).info("draining \(listener)")
  }

  private func retire(_ queue: any ListenerQueue, of identity: Listener.Identity) {
    drains.end(queue)
    tallies.retire(queue.counters, of: identity)
    limitConnections()
  }
}
