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
  /// The pace at which connections are looked after that fell silent: how exact the idle timeout is.
  static let idlePaceMilliseconds: Int64 = 1000
  /// How long a connection is let be when the machine is short of what it needs to go on.
  static let restMilliseconds: Int64 = 100
  /// The pace of a drain.
  static let drainPaceMilliseconds: Int64 = 5

  /// The limits that a connection counts against.
  struct Budgets {
    let listener: ConnectionBudget
    let process: ConnectionBudget
    var perClient: PerClientBudget?
  }

  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  nonisolated let counters = Counters()

  private let service: Service
  private let access: AccessList
  private let closesAfterReply: Bool
  /// `nil` is never.
  let idleTimeoutMilliseconds: Int64?
  let budgets: Budgets
  let logger: Logger
  let loop: EventLoop
  let acceptor: Acceptor
  private let buffer = ReceiveBuffer(byteCount: StreamQueue.bufferBytes)
  let refusals: RefusalLog
  var connections = SlotTable<Connection>()
  /// Nothing new is taken, and a connection that has nothing more to read is finished.
  var isDraining = false
  var drainDeadline = Int64.max
  var lingerIsScheduled = false
  var idleCheckIsScheduled = false
  var endOfRestsIsScheduled = false
  var logPace = LogPace()

  init(
    listening: SharedSocket<ListeningSocket>, configuration: ListenerConfiguration, service: Service,
    budgets: Budgets, logger: Logger
  ) throws(Errno) {
    self.service = service
    self.access = AccessList(configuration.allow)
    self.closesAfterReply = configuration.closeAfterReply
    let idleTimeout = Int64(configuration.idleTimeoutSeconds) * 1000
    self.idleTimeoutMilliseconds = idleTimeout == 0 ? nil : idleTimeout
    self.budgets = budgets
    self.logger = logger
    self.loop = try EventLoop(label: "echod.\(configuration.name)")
    self.executor = loop.executor
    self.refusals = RefusalLog(counters: counters, executor: loop.executor, logger: logger)
    self.acceptor = Acceptor(
      listening, on: loop, backlog: configuration.backlog, budget: budgets.process, logger: logger)
  }

  func start() {
    refusals.open { [weak self] in self?.assumeIsolated { $0.refusals.endOfInterval() } }
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
  func admit(_ accepted: consuming ListeningSocket.Accepted) {
    let peer = accepted.peer
    if let reason = refusal(of: peer) {
      refusals.drop(reason, of: peer)
      budgets.process.giveBack()
      return
    }
    let connection = Connection(accepted.takeSocket(), peer: peer, at: loop.now)
    let slot = connections.insert(connection)
    counters.clientsCurrent.add()
    counters.clientsTotal.add()
    scheduleIdleCheck()
    do throws(Errno) {
      try loop.add(connection.socket.descriptor, for: .readable, token: slot + 1)
    } catch {
      rest(connection, because: error)
    }
  }

  private func refusal(of peer: Endpoint?) -> DropReason? {
    if let peer, !access.permits(peer.address) { return .denied }
    guard budgets.listener.take() else { return .overLimit }
    if let peer, let perClient = budgets.perClient, !perClient.take(for: peer.address) {
      budgets.listener.giveBack()
      return .overLimit
    }
    return nil
  }
}

// MARK: - Answering

extension StreamQueue {
  func serve(_ connection: Connection, in slot: Int) {
    do throws(Errno) {
      switch connection.phase {
      case .receiving: try receive(on: connection, in: slot)
      case .sending: try sendRest(on: connection, in: slot)
      case .lingering: if try connection.discard(using: buffer.bytes) { close(slot) }
      }
    } catch let error where error.isShortage {
      rest(connection, because: error)
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
      connection.activeAt = loop.now
      let message = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<count])
      service.transform(message)
      try answer(message, on: connection, in: slot)
    case .end:
      close(slot)
    case .wouldBlock:
      if isDraining { finish(connection, in: slot) }
    }
  }

  private func answer(
    _ message: UnsafeMutableRawBufferPointer, on connection: Connection, in slot: Int
  ) throws(Errno) {
    if service.replies {
      let isWhole = try counted(connection) { () throws(Errno) in
        try connection.send(UnsafeRawBufferPointer(message))
      }
      guard isWhole else { return watch(connection, in: slot) }
    }
    if closesAfterReply { finish(connection, in: slot) }
  }

  private func sendRest(on connection: Connection, in slot: Int) throws(Errno) {
    guard try counted(connection, { () throws(Errno) in try connection.sendRest() }) else { return }
    watch(connection, in: slot)
    if closesAfterReply { finish(connection, in: slot) }
  }

  /// Counts what a send came to. Returns whether the reply is out; at a shortage it will be sent later.
  private func counted(
    _ connection: Connection, _ send: () throws(Errno) -> Connection.Progress
  ) throws(Errno) -> Bool {
    do throws(Errno) {
      let progress = try send()
      if progress.bytes > 0 { connection.activeAt = loop.now }
      counters.bytesSent.add(progress.bytes)
      if progress.isWhole { counters.messagesSent.add() }
      return progress.isWhole
    } catch {
      if !error.isShortage { refusals.drop(.sendFailed, of: connection.peer) }
      throw error
    }
  }

  private func watch(_ connection: Connection, in slot: Int) {
    do throws(Errno) {
      try loop.modify(connection.socket.descriptor, for: connection.interest, token: slot + 1)
    } catch {
      rest(connection, because: error)
    }
  }
}
