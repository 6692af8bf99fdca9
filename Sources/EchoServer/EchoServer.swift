import Addresses
public import EchoCore
public import Logging
import Sockets
import Synchronization
import SystemPackage

/// The daemon's listeners and its admin socket: started, changed and stopped as a whole.
///
/// Its calls are made one after another: the next begins when the last has returned.
public actor EchoServer {
  /// Descriptors that the process itself needs besides a queue's three.
  static let ownDescriptors = 8
  /// A queue's socket, readiness set and wake-up.
  static let descriptorsPerQueue = 3

  /// Its own queue: neither a reload nor the statistics wait for anything else in the process.
  private nonisolated let executor = QueueExecutor(label: "echod.server")
  /// Where the actor runs.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let logger: Logger
  private let passed: ActivationSockets
  private let descriptorLimit: Int
  private let connectionBudget: ConnectionBudget
  private let startedAt = SystemClock.secondsSinceEpoch()
  private let startedAtMonotonic = SystemClock.monotonicMilliseconds()

  private var configuration: Configuration?
  private var listeners: [Listener] = []
  private var admin: AdminServer?
  /// The passed sockets that nobody serves, on a queue of theirs; `nil` while there are none.
  private(set) var unserved: UnservedSockets?
  private let life = Mutex(LifeState.starting)
  private var tallies = Tallies()
  private var drains: [ObjectIdentifier: Drain] = [:]
  /// What is open before anything is bound is not ours to give away: standard streams, Dispatch, passed sockets.
  private let baseDescriptors = CurrentProcess.openDescriptors()

  /// Makes a server without listeners.
  ///
  /// - Parameters:
  ///   - descriptorLimit: how many descriptors this process may open.
  ///   - passed: sockets to use instead of binding.
  ///   - logger: told in a line each what starts and stops.
  public init(descriptorLimit: Int, passed: ActivationSockets = ActivationSockets(), logger: Logger) {
    self.descriptorLimit = descriptorLimit
    self.connectionBudget = ConnectionBudget(limit: 1)
    self.passed = passed
    self.logger = logger
  }

  /// Puts a configuration to work, the first one or another. Either all of it is bound and served, or an error says
  /// what could not be, and everything is as it was.
  ///
  /// Listeners that did not change keep their sockets, connections and statistics. A changed one with the same address
  /// keeps its sockets, so that no client is refused meanwhile; connections of a listener that changed or went are
  /// finished as at a stop.
  public func apply(_ new: Configuration) async throws(StartError) {
    if configuration != nil { state = .reloading }
    let succession = Succession(from: listeners, to: new, passed: passed)
    let plan: ReloadPlan
    do throws(StartError) {
      plan = try ReloadPlan(
        for: succession,
        in: ReloadPlan.Surroundings(
          server: self, connections: connectionBudget, logger: logger, admin: admin, unserved: unserved))
    } catch {
      // An address that is taken may be taken by one of these.
      logger.warn(of: succession.unservedSockets.map(\.facts), isInForce: false)
      if configuration != nil { state = .running }
      throw error
    }
    await carryOut(plan, of: succession)
    logger.warn(of: succession.unservedSockets.map(\.facts), isInForce: true)
    state = .running
  }

  /// Accepts no new clients, answers what was received for as long as the configuration says, and returns when
  /// every socket is closed.
  public func stop() async {
    state = .stopping
    let deadline = drainDeadline()
    for listener in listeners {
      await end(listener, until: deadline) { passed.contains($0) ? .handedOver : .closed }
    }
    listeners = []
    for drain in drains.values { await drain.queue.shortenDrain(to: deadline) }
    for drain in drains.values { await drain.task.value }
    await admin?.stop()
    admin = nil
    // Last of all: a client that comes to one of these meanwhile is still disconnected.
    await unserved?.emptyAndStop()
    unserved = nil
  }

  /// A queue that is draining.
  private struct Drain {
    let queue: any ListenerQueue
    let task: Task<Void, Never>
  }

  /// How many listeners are served.
  public var listenerCount: Int { listeners.count }

  /// The passed sockets that nobody serves.
  public var unservedSockets: [UnservedSocket] {
    configuration.map { passed.assigned(in: $0).unserved.map(\.facts) } ?? []
  }

  /// How long a stop may wait for what was received to be answered, in seconds: by the configuration that was put to work
  /// last.
  public var drainSeconds: Int { configuration?.drainSeconds ?? 0 }

  /// What it is doing at this moment; to be asked at any time, whatever it is busy with.
  public private(set) nonisolated var state: LifeState {
    get { life.withLock { $0 } }
    set { life.withLock { $0 = newValue } }
  }

  /// Where the admin socket is bound, or `nil` without one.
  public var adminEndpoint: AdminEndpoint? { admin?.endpoint }

  /// The statistics at this moment: what has reached the machine is served and counted first, for as long as
  /// ``RollCall/patienceMilliseconds`` allows.
  public func snapshot() async -> Snapshot {
    _ = await RollCall.hold(queues.map(RollCall.Call.init))
    let current = listeners.map { listener in
      ListenerSnapshot(
        name: listener.configuration.name, transport: listener.configuration.transport,
        address: listener.endpoint.address.description, port: listener.endpoint.port,
        service: listener.configuration.service, statistics: tallies[listener.identity])
    }
    return Snapshot(
      version: echodVersion, state: state, startedAt: startedAt,
      uptimeSeconds: Double(SystemClock.monotonicMilliseconds() - startedAtMonotonic) / 1000,
      totals: tallies.totals, listeners: current)
  }

  /// Whether every queue answers, the admin socket's included.
  public func isResponsive() async -> Bool {
    // Turning up is enough: a queue with much to do is well.
    let others = [admin?.executor, unserved?.executor].compactMap { $0 }
    let executors = queues.map(\.executor) + others
    return await RollCall.hold(executors.map { RollCall.Call(executor: $0) {} })
  }

  private var queues: [any ListenerQueue] { listeners.flatMap(\.queues) }

  private func drainDeadline() -> Int64 {
    SystemClock.monotonicMilliseconds() + Int64(drainSeconds) * 1000
  }
}

// MARK: - Changing the configuration

extension EchoServer {
  private func reserveDescriptors(for new: Configuration) {
    // The queue of unserved sockets has, beside its set and its wake-up, the connection that it is about to close.
    let queueCount = new.listeners.reduce(unserved == nil ? 0 : 1) { $0 + $1.queues }
    let own = baseDescriptors + Self.ownDescriptors + queueCount * Self.descriptorsPerQueue
    connectionBudget.changeLimit(to: ConnectionBudget.limit(descriptorLimit: descriptorLimit, own: own))
  }

  private func carryOut(_ plan: ReloadPlan, of succession: Succession) async {
    let leaving = succession.leaving
    let starting = plan.listeners.filter { wanted in
      !listeners.contains { $0.queues.first === wanted.queues.first }
    }
    let deadline = drainDeadline()
    let (oldAdmin, oldUnserved) = (admin, unserved)
    (listeners, configuration, admin) = (plan.listeners, succession.configuration, plan.admin)
    unserved = plan.unserved
    reserveDescriptors(for: succession.configuration)
    // Before a listener serves one of its sockets: clients of that listener are not disconnected.
    if oldUnserved !== unserved { await oldUnserved?.stop() }
    for listener in starting {
      for queue in listener.queues { tallies.add(queue.counters, of: listener.identity) }
    }
    tallies.keep(listeners.map(\.identity))
    await shareLoopGuard()
    for listener in starting { await start(listener) }
    for listener in leaving {
      await end(listener, until: deadline) { succession.fate(of: $0, besides: starting) }
    }
    if oldAdmin !== admin {
      await admin?.start()
      await oldAdmin?.stop()
    }
    // After whoever served one of its sockets has taken what waited there.
    if oldUnserved !== unserved { await unserved?.start() }
  }

  /// The loop guard knows every UDP port of ours: those that the kernel chose, and those of all passed sockets, which can
  /// differ within a listener.
  private func shareLoopGuard() async {
    let ports = listeners.filter { $0.configuration.transport == .udp }.flatMap(\.endpoints).map(\.port)
    for queue in queues { await queue.guardLoops(with: LoopGuard(ownPorts: Set(ports))) }
  }

  private func start(_ listener: Listener) async {
    let logger = logger.about(listener.configuration, at: listener.endpoint)
    for socket in listener.sockets {
      ListenerBinding.setBuffers(of: socket, for: listener.configuration, logger: logger)
    }
    for queue in listener.queues { await queue.start() }
    let queues = listener.queues.count
    logger.info("serving \(listener)\(queues > 1 ? " with \(queues) queues" : "")")
    if listener.configuration.answerLowPorts {
      logger.warning(
        "clients on ports below \(LoopGuard.firstUserPort) are answered: a service on such a port can answer forever"
      )
    }
    if let exposure = Exposure(of: listener.configuration) {
      logger.log(level: exposure.level, "\(exposure.text)")
    }
  }

  private func end(
    _ listener: Listener, until deadline: Int64, leavingSockets fate: (BoundSocket) -> SocketFate
  ) async {
    for (queue, socket) in zip(listener.queues, listener.sockets) {
      await queue.endIntake(leavingSocket: fate(socket))
      // Of the listener the task holds the identity alone: its sockets are closed when the queues let go of them.
      let task = Task { [identity = listener.identity] in
        await queue.drain(until: deadline)
        self.retire(queue, of: identity)
      }
      drains[ObjectIdentifier(queue)] = Drain(queue: queue, task: task)
    }
    logger.about(listener.configuration, at: listener.endpoint).info("draining \(listener)")
  }

  private func retire(_ queue: any ListenerQueue, of identity: Listener.Identity) {
    drains[ObjectIdentifier(queue)] = nil
    tallies.retire(queue.counters, of: identity)
  }
}
