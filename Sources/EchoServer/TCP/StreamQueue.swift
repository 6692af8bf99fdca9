import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// A queue that accepts connections and answers their messages.
///
/// The ``Acceptor`` takes connections from the kernel, ``StreamExchange`` answers their messages, and ``ConnectionEnds``
/// ends them. The queue starts, changes and ends all of them.
actor StreamQueue: ListenerQueue {
  /// How often draining connections are checked.
  static let drainPaceMilliseconds: Int64 = 5

  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  nonisolated let counters = Counters()

  let loop: EventLoop
  private let acceptor: Acceptor
  private let drops: DropLog
  private let admission: Admission
  private let connections: ConnectionTable<Connection>
  private let timeouts: ConnectionTimeouts
  private let ends: ConnectionEnds
  private let exchange: StreamExchange
  private var drainDeadline = Int64.max
  /// The connections for which a parcel had no room.
  private var leftBehind: [Connection] = []

  /// - Parameter preface: the preface of a policy's connections; `nil` for none.
  init(
    listening: SharedSocket<ListeningSocket>, policy: ListenerPolicy, service: Service,
    preface: @escaping (ListenerPolicy) -> (any Preface)? = { ProxyPreface(for: $0) }, logger: Logger
  ) throws(Errno) {
    let configuration = policy.configuration
    loop = try EventLoop(label: "echod.\(configuration.name)")
    loop.pollBusily(forMicroseconds: configuration.busyPollMicroseconds)
    executor = loop.executor
    drops = DropLog(counters: counters, loop: loop, logger: logger)
    admission = Admission(
      policy, needs: service.needs, counters: counters, drops: drops, makePreface: preface)
    connections = ConnectionTable(on: loop, logger: logger)
    timeouts = ConnectionTimeouts(of: configuration, for: connections, on: loop)
    acceptor = Acceptor(
      listening, on: loop, backlog: configuration.backlog, keepAlive: timeouts.keepAlive,
      budget: policy.limits.process, logger: logger)
    ends = ConnectionEnds(
      of: connections, admission, timeouts, intake: acceptor.intake, drops: drops, on: loop)
    exchange = try StreamExchange(
      on: connections, service, policy, admission, ends, counters: counters, drops: drops, loop: loop)
  }

  func start(isTakingIn: Bool) {
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
    if isTakingIn { acceptor.intake.open() }
  }

  /// Not needed: TCP's handshake prevents a forged source address, which a loop between two services needs.
  func guardLoops(with loopGuard: LoopGuard) {}

  func serveWaiting() {
    loop.serveWaiting(serve)
  }

  private func serve(_ token: UInt64) {
    if token == SocketIntake.token { return acceptor.acceptBatch(exchange.admit) }
    // The connection may have ended earlier in this turn.
    if let connection = connections[token] { exchange.serve(connection) }
  }
}

// MARK: - The list of clients

extension StreamQueue {
  func busiestClients() -> [ClientActivity] {
    loop.refreshClock()
    return connections.busiestClients(at: loop.now)
  }
}

// MARK: - A changed policy

extension StreamQueue {
  func change(to policy: ListenerPolicy) {
    loop.refreshClock()
    let oldKeepAlive = timeouts.keepAlive
    exchange.change(to: policy)
    loop.pollBusily(forMicroseconds: policy.configuration.busyPollMicroseconds)
    ends.change(to: policy.configuration)
    let (keepAlive, members) = (timeouts.keepAlive, connections.members)
    acceptor.change(backlog: policy.configuration.backlog, keepAlive: keepAlive)
    admission.change(to: policy, for: members)
    for connection in members {
      exchange.begin(connection)
      if keepAlive != oldKeepAlive { try? connection.socket.descriptor.setKeepAlive(keepAlive) }
      endUnlessPermitted(connection)
    }
  }

  /// Ends a connection that the current policy no longer permits.
  private func endUnlessPermitted(_ connection: Connection) {
    guard !connection.hasLastReply, let reason = admission.reasonToEnd(connection) else { return }
    drops.drop(reason, of: connection.client ?? connection.peer)
    ends.cutOff(connection)
  }
}

// MARK: - The end of the queue

extension StreamQueue {
  func endIntake(leavingSocket fate: SocketFate) {
    exchange.beginDrain()
    loop.refreshClock()
    switch fate {
    case .closed: acceptor.close(exchange.admit)
    case .handedOver: acceptor.intake.close()
    case .unserved:
      acceptor.intake.resume()
      acceptor.acceptAll(exchange.admit)
      // After a shortage some may still be waiting: they are left to ``UnservedSockets``, which takes over now.
      acceptor.intake.close()
    }
  }

  func shortenDrain(to deadline: Int64) {
    drainDeadline = min(drainDeadline, deadline)
  }

  func drain(until deadline: Int64) async {
    shortenDrain(to: deadline)
    repeat {
      loop.refreshClock()
      checkDraining()
    } while await somethingIsLeft()
    drops.flush()
    loop.stop()
  }

  private func checkDraining() {
    let isOver = loop.now >= drainDeadline
    if !acceptor.intake.isClosed {
      acceptor.intake.resume()
      isOver ? acceptor.stopListening() : acceptor.close(exchange.admit)
    }
    for connection in connections.members {
      // Readiness reports space to send, but not that there is nothing more to read.
      if connection.interest == .readable, !connection.isPaused { exchange.serve(connection) }
      // A peer that has acknowledged everything, including our shutdown, and has sent nothing since loses nothing.
      let isDelivered =
        connection.isLingering && !connection.receivedAfterShutdown && connection.socket.isAcknowledged
      if isOver { exchange.sendEarly(on: connection) }
      if isOver || isDelivered { ends.cutOff(connection) }
    }
  }

  private func somethingIsLeft() async -> Bool {
    if connections.isEmpty, acceptor.intake.isClosed { return false }
    await loop.sleep(milliseconds: Self.drainPaceMilliseconds)
    return true
  }
}

// MARK: - A restart

extension StreamQueue {
  /// Delayed replies are sent, and connections end that are about to. Newcomers and new messages wait in the kernel.
  func settle(until deadline: Int64) async {
    guard connections.members.contains(where: \.hasToSettle) else { return }
    loop.refreshClock()
    acceptor.intake.close()
    connections.leaveAlone(.receiving)
    while SystemClock.monotonicMilliseconds() < deadline,
      connections.members.contains(where: \.hasToSettle)
    {
      await loop.sleep(milliseconds: Self.drainPaceMilliseconds)
    }
  }

  func handOver(to handOver: HandOver) -> QueueState {
    loop.refreshClock()
    acceptor.intake.close()
    for connection in connections.members {
      if connection.phase == .held { exchange.sendEarly(on: connection) }
      if connections.contains(connection), !connection.canGoOn { ends.cutOff(connection) }
    }
    ends.suspend()
    connections.leaveAlone(.everything)
    var state = QueueState(SocketState(number: acceptor.socketNumber))
    let (states, left, rest) = connections.handOver(to: handOver)
    (state.connections, leftBehind) = (states, left)
    for connection in rest { ends.cutOff(connection) }
    drops.flush()
    return state
  }

  func resumeAfterHandOver() {
    loop.refreshClock()
    leftBehind = []
    connections.leaveAlone(.none)
    for connection in connections.members where connection.phase == .sending {
      connection.socket.deliverOnClose()
    }
    ends.resume()
  }

  func endAfterHandOver() {
    // Their clients get the end of the stream, or a reset if the last reply is not whole.
    for connection in leftBehind {
      connection.endsByReset ? connection.socket.resetOnClose() : try? connection.socket.shutdownSending()
    }
    leftBehind = []
    for connection in connections.members { _ = connections.remove(connection) }
    loop.stop()
  }

  func restore(_ state: SocketState) {}

  /// Serves connections of the process before this one.
  func adopt(_ restored: [RestoredConnection]) {
    loop.refreshClock()
    for restored in restored {
      guard let socket = restored.takeSocket() else { continue }
      let connection = Connection(socket, continuing: restored.state, at: loop.now)
      admission.readmit(connection, isCounted: restored.isCounted)
      adopt(connection, lineFreeAt: restored.state.lineFreeAt)
    }
  }

  private func adopt(_ connection: Connection, lineFreeAt: Int64) {
    exchange.begin(connection)
    if lineFreeAt != 0 { connection.shaping = ReplyShaping(lineFreeAt: lineFreeAt) }
    try? connection.socket.descriptor.setKeepAlive(timeouts.keepAlive)
    connections.insert(connection)
    ends.watch(connection)
    endUnlessPermitted(connection)
  }
}
