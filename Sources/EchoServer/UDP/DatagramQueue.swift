import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// A queue that answers datagrams.
///
/// Kernel → receive a batch → access list, loop guard, rate limits → responder, in place → send the replies → counters.
actor DatagramQueue: ListenerQueue {
  /// How long replies wait for space in the socket's send buffer before they are dropped.
  static let sendPatienceMilliseconds: Int32 = 20
  /// How long after a datagram the kernel is asked what it has dropped, at the latest.
  static let kernelDropMilliseconds: Int64 = 1000
  /// How often a drain checks for held replies.
  static let drainPaceMilliseconds: Int64 = 5

  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  nonisolated let counters = Counters()

  /// Released when the queue has nothing more to send: the kernel would keep giving datagrams to the socket.
  private var socket: SharedSocket<DatagramSocket>?
  private let port: UInt16
  private let responder: any Responder
  private let replies: Bool
  private var access: AccessList
  private var limiter: SharedRateLimiter?
  private var answersLowPorts: Bool
  private var loopGuard = LoopGuard(ownPorts: [])
  private let loop: EventLoop
  private let intake: SocketIntake
  private let drops: DropLog
  private var batch = DatagramBatch()
  private var clients: ClientTable
  private var held = HeldReplies<DatagramBatch.StoredReply>()
  private let releaseTimer = OneShot()
  private let expiryTimer = OneShot()
  private let kernelDropTimer = OneShot()
  private var drainDeadline = Int64.max

  init(
    socket: SharedSocket<DatagramSocket>, policy: ListenerPolicy, service: Service, logger: Logger,
    clients: ClientTable = ClientTable()
  ) throws(Errno) {
    let configuration = policy.configuration
    self.socket = socket
    self.port = try socket.socket.descriptor.localEndpoint()?.port ?? 0
    self.responder = service.makeResponder(
      ResponderSetting(listener: configuration, hostName: Resolver.machineName))
    self.replies = service.replies
    self.access = policy.limits.access
    self.limiter = policy.limiter
    self.answersLowPorts = configuration.answerLowPorts
    self.clients = clients
    self.loop = try EventLoop(label: "echod.\(configuration.name)")
    self.executor = loop.executor
    self.intake = SocketIntake(
      of: .udp(socket), on: loop, pauseText: "receiving is paused until the kernel recovers", logger: logger)
    self.drops = DropLog(counters: counters, loop: loop, logger: logger)
  }

  func start() {
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
    intake.open()
  }

  func change(to policy: ListenerPolicy) {
    access = policy.limits.access
    limiter = policy.limiter
    answersLowPorts = policy.configuration.answerLowPorts
    counters.subtract(.clientsCurrent, clients.removeClients(deniedBy: access))
  }

  func guardLoops(with loopGuard: LoopGuard) {
    self.loopGuard = loopGuard
  }

  func serveWaiting() {
    loop.serveWaiting(serve)
    countKernelDrops()
    forgetSilentClients()
  }

  private func serve(_ token: UInt64) {
    guard let socket, intake.isOpen else { return }
    do throws(Errno) {
      guard try batch.receive(from: socket.socket) > 0 else { return }
    } catch {
      return intake.pause(because: "\(error)", error)
    }
    answerBatch()
    sendReplies(on: socket.socket)
    forgetSilentClients()
    if !kernelDropTimer.isScheduled { scheduleKernelDrops() }
  }
}

// MARK: - What the kernel drops

extension DatagramQueue {
  /// For the log: a snapshot counts them itself.
  private func scheduleKernelDrops() {
    loop.schedule(kernelDropTimer, afterMilliseconds: Self.kernelDropMilliseconds) { self.countKernelDrops() }
  }

  /// After the end of the intake they belong to the socket's next owner.
  private func countKernelDrops() {
    guard let socket, !intake.isClosed else { return }
    let count = socket.socket.takeKernelDrops()
    if count > 0 { drops.drop(.receiveBufferFull, count, of: nil) }
  }
}

// MARK: - Answering

extension DatagramQueue {
  private func answerBatch() {
    var bytes = 0
    for index in 0..<batch.count {
      let datagram = batch.datagram(at: index)
      bytes += datagram.byteCount
      guard let source = datagram.source else { continue }
      let isKnown = clients.recordIfKnown(source, byteCount: datagram.byteCount, at: loop.now)
      if let reason = refusal(of: source, isKnown: isKnown, sentTo: datagram.destination) {
        drops.drop(reason, of: source)
        continue
      }
      if !isKnown { recordNew(source, byteCount: datagram.byteCount) }
      // No `map`: the isolation of its closure would be checked for each message.
      let local: Endpoint? =
        if let info = datagram.destination {
          Endpoint(address: info.local, port: port, scope: info.scope)
        } else {
          nil
        }
      let request = ServiceRequest(
        room: datagram.room, byteCount: datagram.byteCount, client: source, local: local, arrival: loop.now)
      switch responder.answer(request) {
      case .nothing: break
      case .refusal(let reason): drops.drop(reason, of: source)
      case .reply(let replyBytes, let delay):
        sendOrHold(
          index, min(replyBytes, datagram.byteCount), from: datagram.destination, to: source, after: delay)
      }
    }
    counters.add(.messagesReceived, batch.count)
    counters.add(.bytesReceived, bytes)
  }

  /// Why a datagram gets no reply. A known client has already passed the access list.
  private func refusal(of source: Endpoint, isKnown: Bool, sentTo info: PacketInfo?) -> DropReason? {
    guard isKnown || access.permits(source.address), info?.isForGroup != true else { return .denied }
    guard replies else { return nil }
    if loopGuard.suspects(source, trustsLowPorts: answersLowPorts) { return .loopGuard }
    return limiter?.refusal(of: source, at: loop.now)
  }

  /// Sends a reply with its batch, or holds it for the delay. It is never longer than its request, so that echod cannot
  /// amplify traffic with a forged source address.
  private func sendOrHold(
    _ index: Int, _ byteCount: Int, from local: PacketInfo?, to client: Endpoint, after delay: Int64
  ) {
    guard delay > 0 else { return batch.reply(at: index, byteCount: byteCount, from: local) }
    let isHeld = held.hold(
      batch.storedReply(at: index, byteCount: byteCount, from: local), byteCount: byteCount,
      until: loop.now + delay)
    guard isHeld else { return drops.drop(.overLimit, of: client) }
    loop.schedule(releaseTimer, afterMilliseconds: delay) { self.releaseHeld() }
  }

  private func releaseHeld() {
    guard let socket else { return }
    repeat {
      batch.clear()
      while batch.count < DatagramBatch.capacity, let reply = held.takeDue(at: loop.now) {
        batch.append(reply)
      }
      sendReplies(on: socket.socket)
    } while batch.count == DatagramBatch.capacity
    guard let next = held.nextDue else { return }
    loop.schedule(releaseTimer, afterMilliseconds: next - loop.now) { self.releaseHeld() }
  }

  private func sendReplies(on socket: borrowing DatagramSocket) {
    guard replies else { return }
    let sent = batch.sendReplies(on: socket, patience: Self.sendPatienceMilliseconds)
    counters.add(.messagesSent, sent.messages)
    counters.add(.bytesSent, sent.bytes)
    if sent.failures > 0 { drops.drop(.sendFailed, sent.failures, of: nil) }
  }
}

// MARK: - Clients

extension DatagramQueue {
  private func recordNew(_ client: Endpoint, byteCount: Int) {
    let evicts = clients.insert(client, byteCount: byteCount, at: loop.now)
    counters.add(evicts ? .clientsEvicted : .clientsCurrent)
    counters.add(.clientsTotal)
  }

  func busiestClients() -> [ClientActivity] {
    loop.refreshClock()
    return clients.busiest(at: loop.now)
  }

  /// Also runs on a timer, so that the number of current clients is correct even when no datagrams arrive.
  private func forgetSilentClients() {
    let forgotten = clients.expire(at: loop.now)
    if forgotten > 0 { counters.subtract(.clientsCurrent, forgotten) }
    guard !expiryTimer.isScheduled, let next = clients.nextExpiry else { return }
    loop.schedule(expiryTimer, afterMilliseconds: next - loop.now) { self.forgetSilentClients() }
  }
}

// MARK: - The end of the queue

extension DatagramQueue {
  func endIntake(leavingSocket fate: SocketFate) {
    // Datagrams still queued in the kernel count as received, and are answered. Later datagrams go to another socket,
    // or are lost.
    if fate != .handedOver, let socket {
      if fate == .closed { try? socket.socket.stopReceiving() }
      serveWaiting()
      // Retry after an error: this is the last chance.
      if intake.isPaused {
        intake.resume()
        serveWaiting()
      }
    }
    countKernelDrops()
    intake.close()
    if held.count == 0 { end() }
  }

  /// Datagrams are answered as they are received, so only held replies can be left.
  func drain(until deadline: Int64) async {
    shortenDrain(to: deadline)
    while held.count > 0, SystemClock.monotonicMilliseconds() < drainDeadline {
      await executor.sleep(milliseconds: Self.drainPaceMilliseconds)
    }
    end()
  }

  func shortenDrain(to deadline: Int64) {
    drainDeadline = min(drainDeadline, deadline)
  }

  private func end() {
    socket = nil
    if held.count > 0 { drops.drop(.sendFailed, held.count, of: nil) }
    held = HeldReplies()
    drops.flush()
    loop.stop()
    counters.subtract(.clientsCurrent, clients.count)
    clients = ClientTable()
  }
}
