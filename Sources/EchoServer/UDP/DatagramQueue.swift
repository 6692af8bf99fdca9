import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// A queue that answers datagrams.
///
/// Kernel → receive a batch → PROXY header → access list, loop guard, rate limits → responder, in place → impairment →
/// send the replies → counters.
actor DatagramQueue: ListenerQueue {
  /// How long after a datagram the kernel is asked what it has dropped, at the latest.
  static let kernelDropMilliseconds: Int64 = 1000
  /// How often a drain checks for held replies.
  static let drainPaceMilliseconds: Int64 = 5

  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  nonisolated let counters = Counters()

  private let port: UInt16
  private let responder: any Responder
  private let replies: Bool
  private let service: Service
  private let needsDelivery: Bool
  private let needsTimes: Bool
  private var proxied: ProxiedClients?
  // Plain, because they are read for each message.
  private var hasProxies: Bool
  private var reflectsTrafficClass: Bool
  private var readsReports: Bool
  private var access: AccessList
  private var limiter: SharedRateLimiter?
  private var answersLowPorts: Bool
  private var trustedPort: UInt16
  private var loopGuard = LoopGuard(ownPorts: [])
  let loop: EventLoop
  private let intake: SocketIntake
  private let reported: ReportedFields
  private let drops: DropLog
  private let logger: Logger
  private let exchange: DatagramExchange
  // Only this actor's methods use it, one at a time, and a check each time costs 90 instructions.
  @exclusivity(unchecked) private var clients: ClientTable
  private let expiryTimer = OneShot()
  private let kernelDropTimer = OneShot()
  private var drainDeadline = Int64.max

  init(
    socket: SharedSocket<DatagramSocket>, policy: ListenerPolicy, service: Service, logger: Logger,
    clients: ClientTable = ClientTable()
  ) throws(Errno) {
    let configuration = policy.configuration
    let port = try socket.socket.descriptor.localEndpoint()?.port ?? 0
    self.port = port
    self.responder = service.makeResponder(
      ResponderSetting(
        listener: configuration, hostName: Resolver.machineName, counters: counters,
        clockError: { SystemClock.maximumErrorMicroseconds() }))
    self.replies = service.replies
    self.service = service
    self.needsDelivery = service.needs.contains(.delivery)
    self.needsTimes = service.needs.contains(.times)
    self.access = policy.limits.access
    self.limiter = policy.limiter
    self.answersLowPorts = configuration.answerLowPorts
    self.trustedPort = Self.trustedPort(port, of: service, configuration)
    self.clients = clients
    self.loop = try EventLoop(label: "echod.\(configuration.name)")
    loop.pollBusily(forMicroseconds: configuration.busyPollMicroseconds)
    self.executor = loop.executor
    let reported = ReportedFields(service.needs, configuration)
    self.reported = reported
    self.intake = SocketIntake(
      of: .udp(socket), on: loop, pauseText: "receiving is paused until the kernel recovers", logger: logger
    ) { (socket) throws(Errno) in
      if case .udp(let socket) = socket { try socket.socket.report(reported.fields) }
    }
    self.drops = DropLog(counters: counters, loop: loop, logger: logger)
    self.logger = logger
    self.exchange = DatagramExchange(on: socket, loop: loop, counters: counters, drops: drops)
    exchange.impair(with: policy.impairer)
    self.proxied = configuration.proxyProtocol.map { [needsDelivery] in
      ProxiedClients($0, keepsHeaders: needsDelivery)
    }
    self.hasProxies = configuration.proxyProtocol != nil
    self.reflectsTrafficClass = configuration.reflectTrafficClass
    self.readsReports = !reported.fields.isEmpty
  }

  func start(isTakingIn: Bool) {
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
    if isTakingIn { intake.open() }
  }

  func change(to policy: ListenerPolicy) {
    let configuration = policy.configuration
    access = policy.limits.access
    limiter = policy.limiter
    answersLowPorts = configuration.answerLowPorts
    trustedPort = Self.trustedPort(port, of: service, configuration)
    change(to: configuration.proxyProtocol)
    exchange.impair(with: policy.impairer)
    responder.change(to: configuration)
    loop.pollBusily(forMicroseconds: configuration.busyPollMicroseconds)
    reflectsTrafficClass = configuration.reflectTrafficClass
    if reported.change(to: configuration) { intake.prepareAgain() }
    readsReports = !reported.fields.isEmpty
    counters.subtract(.clientsCurrent, clients.removeClients(deniedBy: access))
  }

  private func change(to proxyProtocol: ProxyProtocol?) {
    hasProxies = proxyProtocol != nil
    if let proxyProtocol, let proxied { return proxied.change(to: proxyProtocol) }
    proxied = proxyProtocol.map { ProxiedClients($0, keepsHeaders: needsDelivery) }
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
    guard intake.isOpen else { return }
    let count: Int
    do throws(Errno) {
      count = try exchange.receive()
    } catch {
      return intake.pause(because: "\(error)", error)
    }
    if count == 0 { return }
    answer(count)
    if needsTimes { responder.willSend(at: SystemClock.epochNanoseconds()) }
    exchange.sendReplies()
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
    guard let socket = exchange.socket, !intake.isClosed else { return }
    let count = socket.socket.takeKernelDrops()
    if count > 0 { drops.drop(.receiveBufferFull, count, of: nil) }
  }
}

// MARK: - Answering

extension DatagramQueue {
  private func answer(_ count: Int) {
    var bytes = 0
    for index in 0..<count {
      let datagram = exchange.datagram(at: index)
      bytes += datagram.byteCount
      guard let source = datagram.source else { continue }
      if hasProxies {
        bytes -= answerProxied(datagram, at: index, from: source)
      } else {
        answer(DatagramMessage(datagram, at: index, from: source))
      }
    }
    counters.add(.messagesReceived, count)
    counters.add(.bytesReceived, bytes)
  }

  /// Answers a datagram from a proxy. Returns the length of its header.
  private func answerProxied(
    _ datagram: DatagramBatch.Datagram, at index: Int, from source: Endpoint
  ) -> Int {
    guard let proxied else { return 0 }
    let bytes = UnsafeRawBufferPointer(rebasing: datagram.room.prefix(datagram.byteCount))
    switch proxied.origin(of: bytes, from: source, at: loop.now) {
    case .client(let sender):
      answer(DatagramMessage(datagram, at: index, from: source, for: sender))
      return sender.headerBytes
    case .refused(let reason):
      drops.drop(reason, of: source)
      return 0
    }
  }

  private func answer(_ message: DatagramMessage) {
    let client = message.client
    let isKnown = clients.recordIfKnown(client, byteCount: message.byteCount, at: loop.now)
    if let reason = refusal(of: message, isKnown: isKnown) { return drops.drop(reason, of: client) }
    if !isKnown { recordNew(client, byteCount: message.byteCount) }
    let report = readsReports ? exchange.packetReport(at: message.index) : PacketReport()
    let request = ServiceRequest(
      room: message.room, byteCount: message.byteCount, client: client, local: message.local(onPort: port),
      delivery: needsDelivery ? delivery(of: message, report) : nil, arrival: loop.now)
    switch responder.answer(request) {
    case .nothing: break
    case .refusal(let reason): drops.drop(reason, of: client)
    case .reply(let byteCount, let delay, let trafficClass):
      // Impairments and delays belong to the path, which begins after the responder has completed the reply.
      if needsTimes, exchange.isImpaired || delay > 0 {
        responder.willSend(at: SystemClock.epochNanoseconds())
      }
      // Never longer than its request, so that echod cannot amplify traffic with a forged source address.
      let reply = DatagramExchange.Reply(
        byteCount: min(byteCount, message.byteCount),
        trafficClass: trafficClass ?? (reflectsTrafficClass ? report.trafficClass : nil),
        delayMilliseconds: delay)
      exchange.reply(reply, to: message)
    }
  }

  private func delivery(of message: DatagramMessage, _ report: PacketReport) -> Delivery {
    Delivery(
      peer: message.peer, hopLimit: report.hopLimit, trafficClass: report.trafficClass,
      // Not reported for a datagram that arrived before the socket was prepared.
      arrivedAt: needsTimes ? report.arrivedAt ?? SystemClock.epochNanoseconds() : nil,
      proxy: message.sender?.proxy)
  }

  /// Why a datagram gets no reply. A known client has already passed the access list.
  private func refusal(of message: DatagramMessage, isKnown: Bool) -> DropReason? {
    guard isKnown || access.permits(message.client.address), message.destination?.isForGroup != true else {
      return .denied
    }
    guard replies else { return nil }
    // A proxy sends the reply on to the client, so neither of them may be a service.
    if isSuspect(message.client) || hasProxies && isSuspect(message.peer) {
      return .loopGuard
    }
    return limiter?.refusal(of: message.client, at: loop.now)
  }

  /// Our port if clients may send from it; otherwise 0.
  private static func trustedPort(
    _ port: UInt16, of service: Service, _ configuration: ListenerConfiguration
  ) -> UInt16 {
    service.sharesPortWithClients && configuration.answerLowPorts ? port : 0
  }

  private func isSuspect(_ source: Endpoint) -> Bool {
    loopGuard.suspects(source, trustsLowPorts: answersLowPorts, trustedPort: trustedPort)
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
    responder.expire(at: loop.now)
    let forgotten = clients.expire(at: loop.now)
    if forgotten > 0 { counters.subtract(.clientsCurrent, forgotten) }
    guard !expiryTimer.isScheduled else { return }
    let next = min(clients.nextExpiry ?? .max, responder.nextExpiry ?? .max)
    guard next < .max else { return }
    loop.schedule(expiryTimer, afterMilliseconds: next - loop.now) { self.forgetSilentClients() }
  }
}

// MARK: - The end of the queue

extension DatagramQueue {
  func endIntake(leavingSocket fate: SocketFate) {
    // Datagrams still queued in the kernel count as received, and are answered. Later datagrams go to another socket,
    // or are lost.
    if fate != .handedOver, let socket = exchange.socket {
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
    if exchange.heldCount == 0 { end() }
  }

  /// Datagrams are answered as they are received, so only held replies can be left.
  func drain(until deadline: Int64) async {
    shortenDrain(to: deadline)
    while exchange.heldCount > 0, SystemClock.monotonicMilliseconds() < drainDeadline {
      await loop.sleep(milliseconds: Self.drainPaceMilliseconds)
    }
    end()
  }

  func shortenDrain(to deadline: Int64) {
    drainDeadline = min(drainDeadline, deadline)
  }

  private func end() {
    exchange.end()
    drops.flush()
    loop.stop()
    counters.subtract(.clientsCurrent, clients.count)
    clients = ClientTable()
    responder.expire(at: .max)
  }
}

// MARK: - A restart

extension DatagramQueue {
  func settle(until deadline: Int64) async {
    guard exchange.heldCount > 0 else { return }
    stopIntake()
    while exchange.heldCount > 0, SystemClock.monotonicMilliseconds() < deadline {
      await loop.sleep(milliseconds: Self.drainPaceMilliseconds)
    }
  }

  private func stopIntake() {
    loop.refreshClock()
    countKernelDrops()
    intake.close()
    // More datagrams than usual have to wait.
    exchange.socket?.socket.widenReceiveBuffer()
  }

  func handOver(to handOver: HandOver) -> QueueState {
    if !intake.isClosed { stopIntake() }
    exchange.sendHeld()
    drops.flush()
    guard let socket = exchange.socket else { return QueueState(SocketState(number: 0)) }
    var state = SocketState(number: socket.socket.descriptor.socketNumber)
    state.countedDrops = socket.socket.countedDrops
    (state.initialReceiveBuffer, state.initialSendBuffer) = socket.socket.initialBufferSizes
    state.clients = StateWriter.bytes { clients.write(to: &$0) }
    state.impaired = StateWriter.bytes { exchange.writeImpaired(to: &$0) }
    state.proxied = StateWriter.bytes { proxied?.write(to: &$0) }
    state.responder = StateWriter.bytes { responder.write(to: &$0) }
    return QueueState(state)
  }

  /// Its clients notice nothing: the store has the socket, and the next process answers what waits in it.
  func resumeAfterHandOver() {}

  func endAfterHandOver() {
    exchange.end()
    loop.stop()
  }

  func restore(_ state: SocketState) {
    loop.refreshClock()
    restore("clients", from: state.clients) { (reader) throws(StateError) in
      try clients.restore(from: &reader, at: loop.now)
    }
    _ = clients.removeClients(deniedBy: access)
    counters.add(.clientsCurrent, clients.count)
    restore("impaired clients", from: state.impaired) { (reader) throws(StateError) in
      try exchange.restoreImpaired(from: &reader)
    }
    restore("clients of proxies", from: state.proxied) { (reader) throws(StateError) in
      try proxied?.restore(from: &reader, at: loop.now)
    }
    restore("sessions", from: state.responder) { (reader) throws(StateError) in
      try responder.restore(from: &reader, at: loop.now)
    }
    forgetSilentClients()
  }

  private func restore(
    _ what: String, from bytes: [UInt8], _ read: (inout StateReader) throws(StateError) -> Void
  ) {
    guard !bytes.isEmpty else { return }
    var reader = StateReader(bytes)
    do throws(StateError) {
      try read(&reader)
    } catch {
      logger.warning("the \(what) from before the restart are forgotten: that part of the state is damaged")
    }
  }
}
