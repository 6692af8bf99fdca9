import EchoCore
import Logging
import Sockets
import SystemPackage

/// Hands everything over to the next process: the connections in a parcel, and the rest as a state.
struct Departure: Sendable {
  let configuration: Configuration
  let drawnSeed: UInt32
  let listeners: [Listener]
  let logger: Logger

  /// Lets replies leave that have to wait, within the grace period. Queues that owe nothing go on serving.
  func settle(until deadline: Int64) async {
    await withDiscardingTaskGroup { group in
      for queue in listeners.flatMap(\.queues) {
        group.addTask { await queue.settle(until: deadline) }
      }
    }
  }

  /// Stops all queues, and passes what they have on to the store. Returns whether the next process gets it. If not, the
  /// queues serve their connections again, so that these can be drained.
  func handOver(to store: any DescriptorStore, _ tallies: () -> Tallies) async -> Bool {
    let handOver = HandOver()
    var states = await queueStates(handOver)[...]
    let counted = tallies()
    var state = RestartState(
      configuration: configuration.json.text(), drawnSeed: drawnSeed, removed: counted.removedTotals)
    state.listeners = listeners.map { listener in
      let own = states.prefix(listener.queues.count)
      states = states.dropFirst(listener.queues.count)
      return Self.state(of: listener, Array(own), counted[listener.identity])
    }
    let isPassedOn = await passOn(state, handOver, to: store)
    if isPassedOn { report(handOver, state) }
    for queue in listeners.flatMap(\.queues) {
      await isPassedOn ? queue.endAfterHandOver() : queue.resumeAfterHandOver()
    }
    return isPassedOn
  }

  /// The state of every queue, in order. They stop all at the same time, as far as there are processors.
  private func queueStates(_ handOver: HandOver) async -> [QueueState] {
    let queues = listeners.flatMap(\.queues)
    return await withTaskGroup(of: (Int, QueueState).self) { group in
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
    _ state: RestartState, _ handOver: HandOver, to store: any DescriptorStore
  ) async -> Bool {
    let (bytes, leftOut) = state.encoded()
    for what in leftOut { logger.warning("\(what) are not kept over the restart: there are too many") }
    var parcels = [(name: String, descriptors: DescriptorList)]()
    if let parcel = handOver.parcel, parcel.count > 0 {
      parcels.append((StoredName.connections, parcel.receivers))
    }
    do throws(Errno) {
      let memory = try SealedMemory(name: StoredName.state, holding: bytes)
      var list = DescriptorList()
      list.append(memory.descriptor)
      // First, so that it has a place if there are few.
      parcels.insert((StoredName.state, list), at: 0)
      let isPassedOn = await store.passOn(parcels)
      withExtendedLifetime(memory) {}
      return isPassedOn
    } catch {
      logger.warning(
        "the statistics and the clients are not kept over the restart: \(error)", metadata: error.logMetadata)
      return await store.passOn(parcels)
    }
  }

  private func report(_ handOver: HandOver, _ state: RestartState) {
    let connections = state.listeners.reduce(0) { $0 + $1.connections.count }
    let sockets = listeners.reduce(0) { $0 + $1.sockets.count }
    logger.info("handed over \(connections) connections and \(sockets) sockets")
    let losses = handOver.losses
    guard losses.count > 0 else { return }
    let reason = losses.error.map { ": \($0)" } ?? ""
    logger.error(
      "\(losses.count) connections could not be handed over, and are closed\(reason)",
      metadata: losses.error?.logMetadata)
  }
}
