import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// What a process takes back from the one before it, and where it belongs in the new configuration.
///
/// A listener gets back what a reload would have kept: its sockets if they are bound in the same way, and its connections
/// and clients unless a key changes that needs new queues.
struct Arrival {
  let restoration: Restoration
  private let state: RestartState?
  /// The configuration before the restart; `nil` if this version cannot read it.
  private let old: Configuration?
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
    for listener in state.listeners {
      tallies.restore(
        listener.statistics, of: Listener.Identity(name: listener.name, transport: listener.transport))
    }
    tallies.restoreRemoved(state.removed)
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
        "the clients of the rate limits from before the restart are forgotten: what is known of them is broken"
      )
    }
    for (queue, socket) in zip(listener.queues, listener.sockets) {
      let number = socket.withDescriptor { $0.socketNumber }
      guard let state = state.sockets.first(where: { $0.number == number }) else { continue }
      if case .udp(let socket) = socket {
        socket.socket.setInitialBufferSizes(
          receive: state.initialReceiveBuffer, send: state.initialSendBuffer)
      }
      await queue.restore(state)
    }
  }

  /// Gives the listeners their connections, and ends what has no place any more. Call it when the queues have started.
  func takeBack(for listeners: [Listener], adminSocket: BoundSocket?) async -> Restored {
    let (adopted, homeless) = takeConnections(for: listeners)
    for listener in listeners {
      let connections = adopted[listener.identity] ?? []
      for (index, queue) in listener.queues.enumerated() {
        guard let queue = queue as? StreamQueue else { continue }
        // In turn, because the kernel's choice is not known.
        let own = connections.indices.filter { $0 % listener.queues.count == index }.map { connections[$0] }
        if !own.isEmpty { await queue.adopt(own) }
      }
    }
    let used = listeners.flatMap(\.sockets) + [adminSocket].compactMap(\.self)
    let stored = restoration.sockets.map(\.socket)
    let unused = stored.filter { socket in !used.contains { $0 === socket } }
    PartingConnections.end(homeless)
    PartingSockets.end(unused)
    return report(
      connections: adopted.values.reduce(0) { $0 + $1.count }, homeless: homeless.count,
      sockets: stored.count - unused.count)
  }

  private func report(connections: Int, homeless: Int, sockets: Int) -> Restored {
    let before = state?.listeners.reduce(0) { $0 + $1.connections.count } ?? 0
    let lost = max(0, before - connections - homeless)
    logger.notice("took back \(connections) connections and \(sockets) sockets from before the restart")
    if homeless > 0 {
      logger.notice("closed \(homeless) connections whose listeners have changed or are gone")
    }
    if lost > 0 { logger.error("\(lost) connections were lost in the restart") }
    return Restored(connections: connections, sockets: sockets, lost: lost)
  }

  /// What a listener gets back; `nil` if there is nothing, or a reload would not have kept it.
  private func state(of listener: Listener) -> ListenerState? {
    let wanted = listener.configuration
    guard
      let state = state?.listeners.first(where: {
        $0.name == wanted.name && $0.transport == wanted.transport
      })
    else { return nil }
    if let old, old.listener(like: wanted)?.changes(to: wanted) == nil { return nil }
    // Their sockets are not bound as the new configuration wants it.
    let stored = restoration.sockets.filter { $0.name == StoredName.listener(wanted.name) }
    let isBoundOtherwise =
      !stored.isEmpty && !stored.contains { stored in listener.sockets.contains { $0 === stored.socket } }
    return isBoundOtherwise ? nil : state
  }

  /// Takes all connections: those that the listeners get back, and those without a place.
  private func takeConnections(
    for listeners: [Listener]
  ) -> (adopted: [Listener.Identity: [RestoredConnection]], homeless: [RestoredConnection]) {
    var records: [UInt64: (ConnectionState, Listener.Identity)] = [:]
    for listener in listeners where listener.configuration.transport == .tcp {
      for record in state(of: listener)?.connections ?? [] {
        records[record.number] = (record, listener.identity)
      }
    }
    let known = Set(state?.listeners.flatMap(\.connections).map(\.number) ?? [])
    var adopted: [Listener.Identity: [RestoredConnection]] = [:]
    var homeless: [RestoredConnection] = []
    restoration.takeConnections(logger) { socket in
      let number = socket.descriptor.socketNumber
      if let (record, identity) = records[number] {
        adopted[identity, default: []].append(RestoredConnection(socket, record))
      } else if !known.contains(number), let listener = Self.listener(of: socket, in: listeners) {
        let record = Self.record(of: socket, number)
        adopted[listener.identity, default: []].append(RestoredConnection(socket, record))
      } else {
        homeless.append(RestoredConnection(socket, ConnectionState(number: number)))
      }
    }
    return (adopted, homeless)
  }

  /// The listener of a connection of which nothing is known but its addresses. Not one whose clients are named by proxies.
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
}

extension Configuration {
  /// The listener of the same name and transport.
  fileprivate func listener(like other: ListenerConfiguration) -> ListenerConfiguration? {
    listeners.first { $0.name == other.name && $0.transport == other.transport }
  }
}
