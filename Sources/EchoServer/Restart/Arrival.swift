import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// What a process takes back from the process before this one, and where it belongs in the new configuration.
///
/// A start with an arrival is a reload whose old listeners were in another process. A listener gets back what a reload
/// would have kept: its sockets if they are bound in the same way, and its connections and clients unless a changed key
/// needs new queues. What has no place becomes a ``FormerListener``.
struct Arrival {
  let restoration: Restoration
  let state: RestartState?
  /// The configuration before the restart; `nil` if this version cannot read it.
  let old: Configuration?
  private let logger: Logger

  /// Reads the state.
  init(_ restoration: Restoration, logger: Logger) {
    self.restoration = restoration
    self.logger = logger
    state = restoration.readState(logger)
    old = state.flatMap { try? Configuration.read(Array($0.configuration.utf8)) }
  }

  /// The seed of each `impair` that has none; `nil` if it is not known.
  var drawnSeed: UInt32? { state?.drawnSeed }

  /// Goes on with what was counted before the restart.
  func restoreStatistics(in tallies: inout Tallies) {
    guard let state else { return }
    for listener in state.listeners { tallies.restore(listener.statistics, of: listener.identity) }
    tallies.restoreRemoved(state.removed)
  }

  /// Continues what is known of the UDP sockets themselves, whichever listener has them now. Call it before they are
  /// served.
  func restoreSockets() {
    for stored in restoration.sockets {
      guard case .udp(let socket) = stored.socket, let state = socketState(of: stored.socket),
        state.initialReceiveBuffer > 0, state.initialSendBuffer > 0
      else { continue }
      socket.socket.setInitialBufferSizes(
        receive: state.initialReceiveBuffer, send: state.initialSendBuffer)
      socket.socket.continueCounting(from: state.countedDrops)
    }
  }

  private func socketState(of socket: BoundSocket) -> SocketState? {
    let number = socket.withDescriptor { $0.socketNumber }
    return state?.listeners.lazy.flatMap(\.sockets).first { $0.number == number }
  }

  /// Gives the queues of a listener what was known of its clients. Call it before they start.
  func restore(_ listener: Listener) async {
    guard let state = state(of: listener) else { return }
    do throws(StateError) {
      if !state.limiter.isEmpty {
        try listener.policy.limiter?.restore(state.limiter, at: SystemClock.monotonicMilliseconds())
      }
    } catch {
      logger.about(listener.configuration, at: listener.endpoint).warning(
        "the rate limits forget the clients from before the restart: that part of the state is damaged"
      )
    }
    await restoreQueues(of: listener)
  }

  /// Gives queues what was known of the clients of their sockets.
  func restoreQueues(of listener: Listener) async {
    for (queue, socket) in zip(listener.queues, listener.sockets) {
      if let state = socketState(of: socket) { await queue.restore(state) }
    }
  }

  /// Whether a listener has sockets of the process before this one.
  func has(socketsOf listener: Listener) -> Bool {
    restoration.sockets.contains { stored in listener.sockets.contains { $0 === stored.socket } }
  }

  /// What a listener gets back; `nil` if there is nothing, or a reload would not have kept it.
  private func state(of listener: Listener) -> ListenerState? {
    let wanted = listener.configuration
    guard let state = state?.listeners.first(where: { $0.identity == listener.identity }) else { return nil }
    if let old, old.listener(like: wanted)?.changes(to: wanted) == nil { return nil }
    // Its sockets are not bound as the new configuration requires.
    let stored = restoration.sockets.filter { $0.name == StoredName.listener(wanted.name) }
    let isBoundOtherwise =
      !stored.isEmpty && !stored.contains { stored in listener.sockets.contains { $0 === stored.socket } }
    return isBoundOtherwise ? nil : state
  }
}

// MARK: - Connections

extension Arrival {
  /// The connections from before the restart.
  struct Connections {
    /// Those that go on, by their listener.
    var adopted: [Listener.Identity: [RestoredConnection]] = [:]
    /// Those whose listener has changed or is gone, by their former listener.
    var homeless: [Listener.Identity: [RestoredConnection]] = [:]
    /// How many are lost.
    var lost = 0

    var adoptedCount: Int { adopted.values.reduce(0) { $0 + $1.count } }
    var homelessCount: Int { homeless.values.reduce(0) { $0 + $1.count } }
  }

  /// Takes all connections. Call it before newcomers can take their places.
  ///
  /// - Parameter budget: counts those that are taken; what exceeds it is lost.
  func takeConnections(for listeners: [Listener], within budget: ConnectionBudget) -> Connections {
    var known = knownConnections(for: listeners)
    let before = known.count
    var connections = Connections()
    var taken = 0
    var seen: Set<UInt64> = []
    let strangers = restoration.takeConnections(logger) { socket, isUnfinished in
      let number = socket.descriptor.socketNumber
      // A connection has one owner.
      guard seen.insert(number).inserted else { return }
      let entry = known.removeValue(forKey: number)
      if entry != nil { taken += 1 }
      // A stream that lacks a part cannot go on. Beyond the budget there would be no descriptors for anything else.
      guard entry?.record.lacksBytes ?? isUnfinished == false, budget.take() else {
        socket.resetOnClose()
        connections.lost += 1
        return
      }
      if let (record, identity, isAdopted) = entry {
        let connection = RestoredConnection(socket, record, of: budget)
        isAdopted
          ? connections.adopted[identity, default: []].append(connection)
          : connections.homeless[identity, default: []].append(connection)
      } else if let listener = Self.listener(of: socket, in: listeners) {
        let record = Self.record(of: socket, number)
        let connection = RestoredConnection(socket, record, of: budget, isCounted: false)
        connections.adopted[listener.identity, default: []].append(connection)
      } else {
        connections.lost += 1
        budget.giveBack()
      }
    }
    if strangers > 0 {
      logger.warning("\(strangers) descriptors that were handed over as connections are not connections")
    }
    connections.lost += before - taken + Int(state?.lostConnections ?? 0)
    return connections
  }

  /// What is known of each connection, its listener, and whether it goes on; by the connection's number.
  private func knownConnections(
    for listeners: [Listener]
  ) -> [UInt64: (record: ConnectionState, identity: Listener.Identity, isAdopted: Bool)] {
    let keeping = Set(listeners.filter { state(of: $0) != nil }.map(\.identity))
    var known: [UInt64: (record: ConnectionState, identity: Listener.Identity, isAdopted: Bool)] = [:]
    for listener in state?.listeners ?? [] {
      let identity = listener.identity
      for record in listener.connections {
        known[record.number] = (record, identity, keeping.contains(identity))
      }
    }
    return known
  }

  /// Gives a listener its connections. Its queues get them in turn, because the kernel's choice is not known.
  func give(_ connections: [RestoredConnection], to listener: Listener) async {
    for (index, queue) in listener.queues.enumerated() {
      guard let queue = queue as? StreamQueue else { continue }
      let own = connections.indices.filter { $0 % listener.queues.count == index }.map { connections[$0] }
      if !own.isEmpty { await queue.adopt(own) }
    }
  }

  /// The listener of a connection of which only the addresses are known; never one whose clients are named by proxies.
  private static func listener(of socket: borrowing StreamSocket, in listeners: [Listener]) -> Listener? {
    guard let local = try? socket.descriptor.localEndpoint() else { return nil }
    let candidates = listeners.filter { listener in
      listener.configuration.transport == .tcp && listener.configuration.proxyProtocol == nil
        && listener.endpoints.contains { $0.port == local.port }
    }
    return candidates.first { $0.endpoint.address == local.address }
      ?? candidates.first { $0.endpoint.address.isUnspecified }
  }

  private static func record(of socket: borrowing StreamSocket, _ number: UInt64) -> ConnectionState {
    var record = ConnectionState(number: number)
    record.peer = socket.peer()
    record.client = record.peer
    record.local = try? socket.descriptor.localEndpoint()
    record.activeAt = SystemClock.monotonicMilliseconds()
    return record
  }

  /// Logs what was taken back.
  func report(_ connections: Connections, sockets: Int) -> Restored {
    logger.notice(
      "took back \(connections.adoptedCount.counted("connection")) and \(sockets.counted("socket")) from before the restart"
    )
    if connections.homelessCount > 0 {
      logger.notice(
        "draining \(connections.homelessCount.counted("connection")) of listeners that have changed or are gone"
      )
    }
    if connections.lost > 0 {
      logger.error("lost \(connections.lost.counted("connection")) in the restart")
    }
    return Restored(connections: connections.adoptedCount, sockets: sockets, lost: connections.lost)
  }
}

extension ListenerState {
  var identity: Listener.Identity { Listener.Identity(name: name, transport: transport) }
}

extension Configuration {
  /// The listener of the same name and transport.
  fileprivate func listener(like other: ListenerConfiguration) -> ListenerConfiguration? {
    listeners.first { $0.name == other.name && $0.transport == other.transport }
  }
}
