import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// A queue that answers datagrams.
///
/// Kernel → one receive of a batch → access list, loop guard, rate limits → service, in place → one send of the replies →
/// counters.
actor DatagramQueue: ListenerQueue {
  /// How long replies wait for room in the socket's send buffer before they are given up.
  static let sendPatienceMilliseconds: Int32 = 20
  /// How long a queue lets a socket be after the kernel was short of memory.
  static let shortagePauseMilliseconds: Int64 = 100

  private static let socketToken = 0

  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  nonisolated let counters = Counters()

  /// Let go when the queue ends: the kernel would go on giving datagrams to a socket that nobody serves.
  private var socket: SharedSocket<DatagramSocket>?
  private let service: Service
  private let access: AccessList
  private let limiter: SharedRateLimiter?
  private let answersLowPorts: Bool
  private let logger: Logger
  private let loop: EventLoop
  private let refusals: RefusalLog
  private var loopGuard = LoopGuard(ownPorts: [])
  private var batch = DatagramBatch()
  private var clients: ClientTable
  private var expiryIsScheduled = false
  private var isPaused = false
  private var logPace = LogPace()

  init(
    socket: SharedSocket<DatagramSocket>, name: String, service: Service, access: AccessList,
    limiter: SharedRateLimiter?, answersLowPorts: Bool, logger: Logger, clients: ClientTable = ClientTable()
  ) throws(Errno) {
    self.clients = clients
    self.socket = socket
    self.service = service
    self.access = access
    self.limiter = limiter
    self.answersLowPorts = answersLowPorts
    self.logger = logger
    self.loop = try EventLoop(label: "echod.\(name)")
    self.executor = loop.executor
    self.refusals = RefusalLog(counters: counters, executor: loop.executor, logger: logger)
  }

  func start() {
    refusals.open { [weak self] in self?.assumeIsolated { $0.refusals.endOfInterval() } }
    watchSocket()
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
  }

  func guardLoops(with loopGuard: LoopGuard) {
    self.loopGuard = loopGuard
  }

  func settle() {
    loop.settle(serve)
    forgetSilentClients(at: loop.now)
  }

  func endIntake(leavingSocket fate: SocketFate) {
    // What waits in the kernel was received, and is answered. What comes later goes to another socket, or is lost.
    if fate != .handedOver, let socket {
      if fate == .closed { try? socket.socket.stopHearing() }
      settle()
      // After an error, before this or just now, the kernel gets another chance: there is no later.
      if isPaused {
        resume()
        settle()
      }
    }
    if let socket, !isPaused { try? loop.remove(socket.socket.descriptor) }
    socket = nil
    refusals.endOfInterval()
    loop.stop()
    counters.clientsCurrent.subtract(clients.count)
    clients = ClientTable()
  }

  /// A datagram is answered in the turn that receives it: nothing is left.
  func drain(until deadline: Int64) async {}

  func hasten(to deadline: Int64) {}

  private func serve(_ token: UInt64) {
    guard let socket else { return }
    do throws(Errno) {
      guard try batch.receive(from: socket.socket) > 0 else { return }
    } catch {
      pause(after: error)
      return
    }
    answerBatch(on: socket.socket, at: loop.now)
    forgetSilentClients(at: loop.now)
  }

  private func answerBatch(on socket: borrowing DatagramSocket, at now: Int64) {
    var bytes = 0
    for index in 0..<batch.count {
      let payload = batch.payload(at: index)
      bytes += payload.count
      guard let source = batch.source(at: index) else { continue }
      let info = batch.destination(at: index)
      let isKnown = clients.hearAgain(source, at: now)
      if let reason = refusal(of: source, isKnown: isKnown, sentTo: info, at: now) {
        refusals.drop(reason, of: source)
        continue
      }
      if !isKnown { welcome(source, at: now) }
      guard service.replies else { continue }
      service.transform(payload)
      batch.reply(at: index, from: info)
    }
    counters.messagesReceived.add(batch.count)
    counters.bytesReceived.add(bytes)
    guard service.replies else { return }
    let sent = batch.sendReplies(on: socket, patience: Self.sendPatienceMilliseconds)
    counters.messagesSent.add(sent.messages)
    counters.bytesSent.add(sent.bytes)
    if sent.failures > 0 { refusals.drop(.sendFailed, sent.failures, of: nil) }
  }

  /// A client that is known was let in by the same access list when it came.
  private func refusal(
    of source: Endpoint, isKnown: Bool, sentTo info: PacketInfo?, at now: Int64
  ) -> DropReason? {
    guard isKnown || access.permits(source.address), info?.isForGroup != true else { return .denied }
    guard service.replies else { return nil }
    if loopGuard.suspects(source, trustsLowPorts: answersLowPorts) { return .loopGuard }
    return limiter?.refusal(of: source.address, at: now)
  }

  private func welcome(_ client: Endpoint, at now: Int64) {
    switch clients.hear(client, at: now) {
    case .known: return
    case .new: counters.clientsCurrent.add()
    case .newEvictingAnother: counters.clientsEvicted.add()
    }
    counters.clientsTotal.add()
  }

  /// Keeps the current figure true without a datagram: a timer runs while there are clients, and no other time.
  private func forgetSilentClients(at now: Int64) {
    let forgotten = clients.expire(at: now)
    if forgotten > 0 { counters.clientsCurrent.subtract(forgotten) }
    guard !expiryIsScheduled, let next = clients.nextExpiry else { return }
    expiryIsScheduled = true
    executor.perform(afterMilliseconds: next - now) { [weak self] in
      self?.assumeIsolated {
        $0.expiryIsScheduled = false
        $0.loop.refreshClock()
        $0.forgetSilentClients(at: $0.loop.now)
      }
    }
  }

  private func watchSocket() {
    guard let socket else { return }
    do throws(Errno) {
      try loop.add(socket.socket.descriptor, for: .readable, token: Self.socketToken)
    } catch {
      pause(after: error)
    }
  }

  /// Lets the socket be: one that stays ready and fails would burn a processor for nothing.
  private func pause(after error: Errno) {
    if logPace.isDue(at: loop.now) {
      logger.warning("receiving pauses until the kernel recovers: \(error)", metadata: error.logMetadata)
    }
    isPaused = true
    if let socket { try? loop.remove(socket.socket.descriptor) }
    executor.perform(afterMilliseconds: Self.shortagePauseMilliseconds) { [weak self] in
      self?.assumeIsolated { $0.resume() }
    }
  }

  private func resume() {
    guard isPaused else { return }
    isPaused = false
    watchSocket()
  }
}
