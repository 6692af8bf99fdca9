import EchoCore
import Logging
import Sockets
import SystemPackage

/// Hands everything over to the next process: the connections in parcels, and the rest as a state.
struct Departure: Sendable {
  let configuration: Configuration
  let drawnSeed: UInt32
  let listeners: [Listener]
  /// How many bound sockets the next process gets.
  let socketCount: Int
  let logger: Logger

  private var queues: [any ListenerQueue] { listeners.flatMap(\.queues) }

  /// Waits, within the grace period, until delayed replies are sent. Queues that owe nothing go on serving. UDP queues
  /// settle last, because what arrives afterwards has to fit their sockets' buffers.
  func settle(until deadline: Int64) async {
    for transport in [Transport.tcp, .udp] {
      let listeners = listeners.filter { $0.configuration.transport == transport }
      await withDiscardingTaskGroup { group in
        for queue in listeners.flatMap(\.queues) {
          group.addTask { await queue.settle(until: deadline) }
        }
      }
    }
  }

  /// Stops all queues, and passes on to the store what they have. Returns whether the next process gets the
  /// connections. If not, the queues serve them again, so that they can be drained; the rest is passed on without them.
  func handOver(to store: any DescriptorStore, _ tallies: () -> Tallies) async -> Bool {
    let handOver = HandOver()
    var state = await state(for: handOver, tallies)
    let isHandedOver = await pass(&state, handOver, to: store)
    for queue in queues { await isHandedOver ? queue.endAfterHandOver() : queue.resumeAfterHandOver() }
    return isHandedOver
  }

  private func pass(
    _ state: inout RestartState, _ handOver: HandOver, to store: any DescriptorStore
  ) async -> Bool {
    let (count, losses) = (handOver.count, handOver.losses)
    let isPassedOn = await passOn(state, with: handOver.parcels, to: store)
    if isPassedOn, count > 0 || losses.count == 0, handOver.isKept() {
      report(handOver)
      return true
    }
    handOver.cancel()
    let total = count + losses.count
    let reason = losses.error.map { "\($0)" } ?? "systemd did not keep them"
    logger.error(
      "draining \(total.counted("connection")) that could not be handed over: \(reason)",
      metadata: losses.error?.logMetadata)
    // What is known of the clients is useful even without their connections.
    guard isPassedOn else { return false }
    state.lostConnections = UInt32(clamping: total)
    for index in state.listeners.indices { state.listeners[index].connections = [] }
    store.remove([StoredName.state, StoredName.connections, StoredName.unfinished])
    _ = await passOn(state, with: [], to: store)
    return false
  }

  private func state(for handOver: HandOver, _ tallies: () -> Tallies) async -> RestartState {
    var queueStates = await queueStates(handOver)[...]
    let counted = tallies()
    var state = RestartState(
      configuration: configuration.json.text(), drawnSeed: drawnSeed, removed: counted.removedTotals)
    state.listeners = listeners.map { listener in
      let own = queueStates.prefix(listener.queues.count)
      queueStates = queueStates.dropFirst(listener.queues.count)
      return Self.state(of: listener, Array(own), counted[listener.identity])
    }
    state.lostConnections = UInt32(clamping: handOver.losses.count)
    return state
  }

  /// The state of every queue, in order. All queues stop at the same time, as far as there are processors.
  private func queueStates(_ handOver: HandOver) async -> [QueueState] {
    await withTaskGroup(of: (Int, QueueState).self) { group in
      for (index, queue) in queues.enumerated() {
        group.addTask { (index, await queue.handOver(to: handOver)) }
      }
      var states: [Int: QueueState] = [:]
      for await (index, state) in group { states[index] = state }
      return queues.indices.compactMap { states[$0] }
    }
  }

  private static func state(
    of listener: Listener, _ queues: [QueueState], _ statistics: Statistics
  ) -> ListenerState {
    var state = ListenerState(name: listener.configuration.name, transport: listener.configuration.transport)
    state.statistics = statistics
    state.limiter = listener.policy.limiter?.state ?? []
    state.sockets = queues.map(\.socket)
    state.connections = queues.flatMap(\.connections)
    return state
  }

  private func passOn(
    _ state: RestartState, with parcels: [(name: String, descriptors: DescriptorList)],
    to store: any DescriptorStore
  ) async -> Bool {
    let (bytes, leftOut) = state.encoded()
    for what in leftOut {
      logger.warning("\(what) are not kept across the restart: the state would be too large")
    }
    do throws(Errno) {
      let memory = try SealedMemory(name: StoredName.state, holding: bytes)
      var list = DescriptorList()
      list.append(memory.descriptor)
      // First, so that it gets a place if the store has few.
      let isPassedOn = await store.passOn([(StoredName.state, list)] + parcels)
      withExtendedLifetime(memory) {}
      return isPassedOn
    } catch {
      logger.error("the state cannot be kept across the restart: \(error)", metadata: error.logMetadata)
      return false
    }
  }

  private func report(_ handOver: HandOver) {
    let sockets = socketCount
    logger.info("handed over \(handOver.count.counted("connection")) and \(sockets.counted("socket"))")
    let losses = handOver.losses
    guard losses.count > 0 else { return }
    let reason = losses.error.map { ": \($0)" } ?? ": too many bytes wait on them"
    logger.error(
      "closing \(losses.count.counted("connection")) that could not be handed over\(reason)",
      metadata: losses.error?.logMetadata)
  }
}
