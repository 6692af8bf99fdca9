import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// A queue that accepts connections and answers on them.
///
/// Kernel → one receive into the queue's buffer → service, in place → one send from the same buffer → counters. What the
/// kernel does not take at once is kept with the connection, which is not read from until that is gone.
actor StreamQueue: ListenerQueue {
  /// The queue's buffer, and so the most that one receive takes and one stalled connection keeps.
  static let bufferBytes = 256 * 1024
  /// The pace at which connections are looked after that wait for their peer's end.
  static let lingerPaceMilliseconds: Int64 = 100
  /// The pace of a drain.
  static let drainPaceMilliseconds: Int64 = 5

  /// The limits that a connection counts against.
  struct Budgets {
    let listener: ConnectionBudget
    let process: ConnectionBudget
  }

  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  nonisolated let counters = Counters()

  private let service: Service
  private let access: AccessList
  private let closesAfterReply: Bool
  private let budgets: Budgets
  private let logger: Logger
  private let loop: EventLoop
  private let acceptor: Acceptor
  private let buffer = ReceiveBuffer(byteCount: StreamQueue.bufferBytes)
  private var connections = SlotTable<Connection>()
  /// Nothing new is taken, and a connection that has nothing more to read is finished.
  private var isDraining = false
  private var drainDeadline = Int64.max
  private var lingerIsScheduled = false
  private var logPace = LogPace()

  init(
    listening: SharedSocket<ListeningSocket>, configuration: ListenerConfiguration, service: Service,
    budgets: Budgets, logger: Logger
  ) throws(Errno) {
    self.service = service
    self.access = AccessList(configuration.allow)
    self.closesAfterReply = configuration.closeAfterReply
    self.budgets = budgets
    self.logger = logger
    self.loop = try EventLoop(label: "echod.\(configuration.name)")
    self.executor = loop.executor
    self.acceptor = Acceptor(listening, on: loop, budget: budgets.process, logger: logger)
  }

  func start() {
    acceptor.open { [weak self] in self?.assumeIsolated { $0.acceptor.endPause() } }
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
  }

  /// A connection's peer answers with its own sequence numbers: nobody else can make two services talk over TCP.
  func guardLoops(with loopGuard: LoopGuard) {}

  func settle() {
    loop.settle(serve)
  }

  private func serve(_ token: UInt64) {
    if token == Acceptor.token { return acceptor.acceptBatch(admit) }
    // A connection that ended earlier in this turn is gone; one that took its slot since finds nothing to do.
    let slot = Int(token) - 1
    if let connection = connections[slot] { serve(connection, in: slot) }
  }
}

// MARK: - Accepting

extension StreamQueue {
  private func admit(_ accepted: consuming ListeningSocket.Accepted) {
    let peer = accepted.peer
    if let reason = refusal(of: peer) {
      counters.drop(reason)
      budgets.process.giveBack()
      return
    }
    let connection = Connection(accepted.takeSocket(), peer: peer)
    let slot = connections.insert(connection)
    counters.clientsCurrent.add()
    counters.clientsTotal.add()
    do throws(Errno) {
      try loop.add(connection.socket.descriptor, for: .readable, token: slot + 1)
    } catch {
      if logPace.isDue(at: loop.now) {
        let client: Logger.Metadata = peer.map { ["client": "\($0)"] } ?? [:]
        logger.warning("cannot watch a connection: \(error)", metadata: client.with(error.logMetadata))
      }
      close(slot)
    }
  }

  private func refusal(of peer: Endpoint?) -> DropReason? {
    if let peer, !access.permits(peer.address) { return .denied }
    return budgets.listener.take() ? nil : .overLimit
  }
}

// MARK: - Answering

extension StreamQueue {
  private func serve(_ connection: Connection, in slot: Int) {
    do throws(Errno) {
      switch connection.phase {
      case .receiving: try receive(on: connection, in: slot)
      case .sending: try sendRest(on: connection, in: slot)
      case .lingering: if connection.discard(using: buffer.bytes) { close(slot) }
      }
    } catch {
      // A reset, or a peer that is gone: this connection's end and nobody else's.
      close(slot)
    }
  }

  private func receive(on connection: Connection, in slot: Int) throws(Errno) {
    switch try connection.socket.receive(into: buffer.bytes) {
    case .bytes(let count):
      counters.messagesReceived.add()
      counters.bytesReceived.add(count)
      let message = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<count])
      service.transform(message)
      try answer(message, on: connection, in: slot)
    case .end:
      close(slot)
    case .wouldBlock:
      if isDraining { try finish(connection) }
    }
  }

  private func answer(
    _ message: UnsafeMutableRawBufferPointer, on connection: Connection, in slot: Int
  ) throws(Errno) {
    if service.replies {
      let isWhole = try counted { () throws(Errno) in try connection.send(UnsafeRawBufferPointer(message)) }
      guard isWhole else { return try watch(connection, in: slot) }
    }
    if closesAfterReply { try finish(connection) }
  }

  private func sendRest(on connection: Connection, in slot: Int) throws(Errno) {
    guard try counted({ () throws(Errno) in try connection.sendRest() }) else { return }
    try watch(connection, in: slot)
    if closesAfterReply { try finish(connection) }
  }

  /// Counts what a send came to. Returns whether the reply is out.
  private func counted(_ send: () throws(Errno) -> Connection.Progress) throws(Errno) -> Bool {
    do throws(Errno) {
      let progress = try send()
      counters.bytesSent.add(progress.bytes)
      if progress.isWhole { counters.messagesSent.add() }
      return progress.isWhole
    } catch {
      counters.drop(.sendFailed)
      throw error
    }
  }

  private func watch(_ connection: Connection, in slot: Int) throws(Errno) {
    try loop.modify(connection.socket.descriptor, for: connection.interest, token: slot + 1)
  }
}

// MARK: - Ending

extension StreamQueue {
  func endIntake(socketLivesOn: Bool) {
    isDraining = true
    if socketLivesOn { acceptor.close() } else { closeIntake() }
  }

  /// What completed its handshake counts as received, and ending the socket would reset it: all of it is accepted
  /// first. At a shortage that takes until others have left.
  private func closeIntake() {
    acceptor.acceptAll(admit)
    if !acceptor.isPaused { stopListening() }
  }

  /// At once, and not with the last connection: the kernel would go on giving clients to a socket that nobody serves.
  private func stopListening() {
    acceptor.close()
    try? acceptor.listening.socket.stopListening()
  }

  func hasten(to deadline: Int64) {
    drainDeadline = min(drainDeadline, deadline)
  }

  func drain(until deadline: Int64) async {
    hasten(to: deadline)
    repeat {
      loop.refreshClock()
      lookAfterDraining()
    } while await somethingIsLeft()
    loop.stop()
  }

  private func lookAfterDraining() {
    let isOver = loop.now >= drainDeadline
    if !acceptor.isClosed {
      acceptor.resume()
      isOver ? stopListening() : closeIntake()
    }
    for (slot, connection) in connections.entries {
      // Room to send more is an event; that nothing more is to be read is none.
      if connection.phase != .sending { serve(connection, in: slot) }
      // A peer whose kernel has everything, our end included, and that sent nothing since, loses nothing by a close.
      let isHome =
        connection.phase.isLingering && !connection.receivedAfterEnd && connection.socket.isAcknowledged
      if isOver || isHome { close(slot) }
    }
  }

  private func somethingIsLeft() async -> Bool {
    if connections.isEmpty, acceptor.isClosed { return false }
    await withCheckedContinuation { continuation in
      executor.perform(afterMilliseconds: Self.drainPaceMilliseconds) { continuation.resume() }
    }
    return true
  }

  /// Sends our end and gives the peer some time to send its own.
  private func finish(_ connection: Connection) throws(Errno) {
    try connection.finish(at: loop.now)
    scheduleLingerCheck()
  }

  private func scheduleLingerCheck() {
    guard !lingerIsScheduled else { return }
    lingerIsScheduled = true
    executor.perform(afterMilliseconds: Self.lingerPaceMilliseconds) { [weak self] in
      self?.assumeIsolated { $0.checkLingering() }
    }
  }

  private func checkLingering() {
    lingerIsScheduled = false
    loop.refreshClock()
    for (slot, connection) in connections.entries {
      guard case .lingering(let deadline, _) = connection.phase else { continue }
      if loop.now >= deadline { close(slot) } else { scheduleLingerCheck() }
    }
  }

  private func close(_ slot: Int) {
    guard connections.remove(at: slot) != nil else { return }
    counters.clientsCurrent.subtract()
    budgets.listener.giveBack()
    budgets.process.giveBack()
    acceptor.resume()
  }
}
