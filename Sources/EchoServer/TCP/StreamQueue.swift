import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// A queue that accepts connections and answers their messages.
///
/// Kernel → one receive into the queue's buffer → responder, in place → one send from the same buffer → counters. A
/// connection keeps its unsent bytes, and is not read from until they are sent. ``Admission`` decides who may have a
/// connection, ``ReplyShaper`` when replies leave.
actor StreamQueue: ListenerQueue {
  /// The maximum size of one receive, and of a stalled connection's unsent bytes.
  static let messageBytes = 256 * 1024
  /// How old a connection without a message must be for a drain to end it: the first message may be on its way.
  static let firstMessageMilliseconds: Int64 = 2000
  /// How often draining connections are checked.
  static let drainPaceMilliseconds: Int64 = 5

  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  nonisolated let counters = Counters()

  private let responder: any Responder
  // Plain, because they are read for each message.
  private let needsDelivery: Bool
  private var isImpaired: Bool
  private var closesAfterReply: Bool
  let loop: EventLoop
  private let acceptor: Acceptor
  private let drops: DropLog
  private let admission: Admission
  private let shaper: ReplyShaper
  private let resets: PendingResets
  private let connections: ConnectionTable<Connection>
  private let timeouts: ConnectionTimeouts
  private let buffer: MappedBuffer
  private let spares: SpareBuffers
  /// Whether connections are finished when there is nothing more to read.
  private var isDraining = false
  private var drainDeadline = Int64.max
  /// Whether the connections are on their way to the next process.
  private var isHandedOver = false
  /// The connections for which a parcel had no room.
  private var leftBehind: [Connection] = []

  /// - Parameter preface: the preface of a policy's connections; `nil` for none.
  init(
    listening: SharedSocket<ListeningSocket>, policy: ListenerPolicy, service: Service,
    preface: @escaping (ListenerPolicy) -> (any Preface)? = { ProxyPreface(for: $0) }, logger: Logger
  ) throws(Errno) {
    let configuration = policy.configuration
    self.responder = service.makeResponder(
      ResponderSetting(listener: configuration, hostName: Resolver.machineName, counters: counters))
    self.needsDelivery = service.needs.contains(.delivery)
    self.isImpaired = policy.impairer != nil
    self.closesAfterReply = configuration.closeAfterReply
    self.loop = try EventLoop(label: "echod.\(configuration.name)")
    loop.pollBusily(forMicroseconds: configuration.busyPollMicroseconds)
    self.executor = loop.executor
    self.buffer = try MappedBuffer(byteCount: SpareBuffers.byteCount)
    self.spares = SpareBuffers(on: loop)
    self.drops = DropLog(counters: counters, loop: loop, logger: logger)
    self.admission = Admission(
      policy, needs: service.needs, counters: counters, drops: drops, makePreface: preface)
    self.connections = ConnectionTable(on: loop, logger: logger)
    self.shaper = ReplyShaper(policy.impairer, of: connections, on: loop, counters: counters)
    self.resets = PendingResets(of: connections, on: loop)
    self.timeouts = ConnectionTimeouts(of: configuration, for: connections, on: loop)
    self.acceptor = Acceptor(
      listening, on: loop, backlog: configuration.backlog, keepAlive: timeouts.keepAlive,
      budget: policy.limits.process,
      logger: logger)
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
    if token == SocketIntake.token { return acceptor.acceptBatch(admit) }
    // The connection may have ended earlier in this turn.
    if let connection = connections[token] { serve(connection) }
  }
}

// MARK: - The beginning of a connection

extension StreamQueue {
  private func admit(_ accepted: consuming ListeningSocket.Accepted) {
    let peer = accepted.peer
    let connection = Connection(accepted.takeSocket(), peer: peer, at: loop.now)
    guard admission.begin(connection, at: loop.now) else { return }
    if isImpaired { shaper.begin(connection) }
    connections.insert(connection)
    if connection.isInPreface { timeouts.watchDeadlines(expire) }
    if !timeouts.isWatching { timeouts.watch(expire) }
  }

  private func readPreface(_ byteCount: Int, on connection: Connection) throws(Errno) {
    switch admission.readPreface(byteCount, in: buffer.bytes, on: connection) {
    case .incomplete, .identified(byteCount: 0): break
    case .identified(let byteCount): try answer(byteCount, on: connection)
    case .refused: close(connection)
    }
  }

  /// Closes a connection whose preface is missing or late.
  private func closeInPreface(_ connection: Connection) {
    admission.countMissingPreface(of: connection)
    close(connection)
  }
}

// MARK: - Answering

extension StreamQueue {
  private func serve(_ connection: Connection) {
    attempt(on: connection) { () throws(Errno) in
      // The reply to a received message may need a buffer.
      if !spares.isReady, connection.interest == .readable { try spares.reserve() }
      switch try connection.advance(using: buffer.prefix(Self.messageBytes)) {
      case .received(let byteCount):
        connection.activeAt = loop.now
        if connection.isIdentified {
          try answer(byteCount, on: connection)
        } else {
          try readPreface(byteCount, on: connection)
        }
      case .idle: if isDraining { finishIdle(connection) }
      case .sent(let progress):
        count(progress, on: connection)
        if connection.phase == .held { try sendDue(on: connection) }
      case .ended: connection.isInPreface ? closeInPreface(connection) : close(connection)
      }
    }
  }

  /// Handles errors of the body. A shortage pauses the connection; any other error, such as a reset, closes it.
  private func attempt(on connection: Connection, _ body: () throws(Errno) -> Void) {
    do throws(Errno) {
      try body()
    } catch let error where error.isShortage {
      connections.pause(connection, because: error)
    } catch {
      if connection.phase == .sending { drops.drop(.sendFailed, of: connection.client) }
      connection.isInPreface ? closeInPreface(connection) : close(connection)
    }
  }

  private func answer(_ byteCount: Int, on connection: Connection) throws(Errno) {
    connection.countMessage(byteCount)
    counters.add(.messagesReceived)
    counters.add(.bytesReceived, byteCount)
    switch needsDelivery ? askWithDelivery(byteCount, on: connection) : ask(byteCount, on: connection) {
    case .reply(let byteCount, let delay, _):
      let reply = UnsafeRawBufferPointer(buffer.prefix(min(byteCount, buffer.bytes.count)))
      guard delay > 0 || isImpaired else {
        return count(try connection.send(reply, keepingRestIn: spares), on: connection)
      }
      return try sendOrHold(reply, after: delay, on: connection)
    case .refusal(let reason): drops.drop(reason, of: connection.client)
    case .nothing: break
    }
    if closesAfterReply { finish(connection) }
  }

  private func ask(_ byteCount: Int, on connection: Connection) -> Answer {
    responder.answer(
      ServiceRequest(
        room: buffer.bytes, byteCount: byteCount, client: connection.client, local: connection.local,
        arrival: loop.now))
  }

  /// As ``ask(_:on:)``; apart from it, because a delivery is large.
  private func askWithDelivery(_ byteCount: Int, on connection: Connection) -> Answer {
    let header = connection.header
    defer { withExtendedLifetime(header) {} }
    return responder.answer(
      ServiceRequest(
        room: buffer.bytes, byteCount: byteCount, client: connection.client, local: connection.local,
        delivery: Delivery(peer: connection.peer, proxy: header?.facts), arrival: loop.now))
  }
}

// MARK: - Replies that wait

extension StreamQueue {
  /// Sends as much of a reply as may be sent at once, or holds it. The connection is not read from meanwhile.
  private func sendOrHold(
    _ reply: UnsafeRawBufferPointer, after delay: Int64, on connection: Connection
  ) throws(Errno) {
    switch shaper.admit(reply, after: delay, on: connection) {
    case .now(let byteCount):
      let part = UnsafeRawBufferPointer(rebasing: reply[..<byteCount])
      count(try connection.send(part, keepingRestIn: spares), on: connection)
    case .held: try sendDue(on: connection)
    case .noRoom:
      // A stream cannot go on without a part of it.
      drops.drop(.overLimit, of: connection.client)
      resets.add(connection, abort)
    }
  }

  /// Sends what is due of a held reply, and waits for the rest.
  private func sendDue(on connection: Connection) throws(Errno) {
    while connection.phase == .held {
      guard let byteCount = shaper.takeDue(on: connection, sendLater) else {
        return connections.watch(connection)
      }
      count(try connection.sendHeld(byteCount), on: connection)
    }
  }

  private func sendLater(on connection: Connection) {
    attempt(on: connection) { () throws(Errno) in try sendDue(on: connection) }
  }
}

// MARK: - After a send

extension StreamQueue {
  /// Counts the part of a reply that was sent. The rest is sent when the socket is writable.
  private func count(_ progress: Connection.Progress, on connection: Connection) {
    if progress.bytes > 0 { connection.activeAt = loop.now }
    counters.add(.bytesSent, progress.bytes)
    connections.watch(connection)
    guard progress.isWhole else { return }
    if let shaping = connection.shaping, let ending = shaping.ending {
      return end(connection, ending, afterCutReply: shaping.isCut)
    }
    counters.add(.messagesSent)
    if closesAfterReply { finish(connection) }
  }

  /// Ends a connection that has reached the limit of its listener's `impair`.
  private func end(_ connection: Connection, _ ending: ReplyShaping.Ending, afterCutReply isCut: Bool) {
    isCut ? drops.drop(.impaired, of: connection.client) : counters.add(.messagesSent)
    switch ending {
    case .closed:
      counters.impair(.closed)
      finish(connection)
    case .reset:
      counters.impair(.reset)
      resets.add(connection, abort)
    }
  }
}

// MARK: - The end of a connection

extension StreamQueue {
  /// Shuts down our side, and gives the peer some time to close its own.
  private func finish(_ connection: Connection) {
    do throws(Errno) {
      try connection.finish(at: loop.now)
      connections.watch(connection)
      timeouts.watchDeadlines(expire)
    } catch {
      // The peer is gone.
      close(connection)
    }
  }

  private func close(_ connection: Connection) {
    guard connections.remove(connection) else { return }
    if connection.phase == .held { drops.drop(.sendFailed, of: connection.client) }
    admission.end(connection)
    acceptor.intake.resume()
  }

  /// Closes a connection without waiting for the rest of a reply to be delivered.
  private func abort(_ connection: Connection) {
    guard connections.contains(connection) else { return }
    if connection.phase == .sending { drops.drop(.sendFailed, of: connection.client) }
    connection.socket.resetOnClose()
    close(connection)
  }

  /// Ends a connection that has timed out.
  private func expire(_ connection: Connection, because reason: ConnectionTimeouts.Reason) {
    if isHandedOver { return }
    switch (reason, connection.phase) {
    case (.deadline, .preface): closeLate(connection)
    case (.deadline, _): close(connection)
    case (.idle, .receiving): closeIdle(connection)
    case (.idle, .sending), (.unanswered, _): abort(connection)
    case (.idle, _): break
    }
  }

  /// Closes a connection whose preface is late, unless the rest is waiting: the process may have been stopped.
  private func closeLate(_ connection: Connection) {
    if !connection.isPaused { serve(connection) }
    guard connections.contains(connection), connection.isInPreface else { return }
    // A shortage is not the peer's fault.
    connection.isPaused ? timeouts.watchDeadlines(expire) : closeInPreface(connection)
  }

  /// Closes an idle connection, unless it is paused, or a message is waiting: the process may have been stopped.
  private func closeIdle(_ connection: Connection) {
    guard !connection.isPaused else { return }
    let activeAt = connection.activeAt
    serve(connection)
    if connection.activeAt == activeAt, !connection.isPaused { close(connection) }
  }

  /// Closes a connection at once. A reset tells the peer that its last reply is not complete.
  private func cutOff(_ connection: Connection) {
    connection.endsByReset ? abort(connection) : close(connection)
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
    closesAfterReply = policy.configuration.closeAfterReply
    isImpaired = policy.impairer != nil
    shaper.change(to: policy.impairer)
    loop.pollBusily(forMicroseconds: policy.configuration.busyPollMicroseconds)
    timeouts.change(to: policy.configuration, expire)
    let (keepAlive, members) = (timeouts.keepAlive, connections.members)
    acceptor.change(backlog: policy.configuration.backlog, keepAlive: keepAlive)
    admission.change(to: policy, for: members)
    for connection in members {
      shaper.begin(connection)
      if keepAlive != oldKeepAlive { try? connection.socket.descriptor.setKeepAlive(keepAlive) }
      if !connection.hasLastReply, let reason = admission.reasonToEnd(connection) {
        drops.drop(reason, of: connection.client ?? connection.peer)
        cutOff(connection)
      }
    }
  }
}

// MARK: - The end of the queue

extension StreamQueue {
  func endIntake(leavingSocket fate: SocketFate) {
    isDraining = true
    loop.refreshClock()
    switch fate {
    case .closed: acceptor.close(admit)
    case .handedOver: acceptor.intake.close()
    case .unserved:
      acceptor.intake.resume()
      acceptor.acceptAll(admit)
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

  /// Ends a draining connection on which nothing is waiting, unless it is new and its first message may still come.
  private func finishIdle(_ connection: Connection) {
    // A preface has a deadline of its own.
    if connection.isInPreface { return }
    let isExpected = connection.isNew && loop.now - connection.activeAt < Self.firstMessageMilliseconds
    if !isExpected, !connection.isLingering { finish(connection) }
  }

  private func checkDraining() {
    let isOver = loop.now >= drainDeadline
    if !acceptor.intake.isClosed {
      acceptor.intake.resume()
      isOver ? acceptor.stopListening() : acceptor.close(admit)
    }
    for connection in connections.members {
      // Readiness reports space to send, but not that there is nothing more to read.
      if connection.interest == .readable, !connection.isPaused { serve(connection) }
      // A peer that has acknowledged everything, including our shutdown, and has sent nothing since loses nothing.
      let isDelivered =
        connection.isLingering && !connection.receivedAfterShutdown && connection.socket.isAcknowledged
      if isOver { sendEarly(on: connection) }
      if isOver || isDelivered { cutOff(connection) }
    }
  }

  /// Sends a held reply before its time, because it would never leave otherwise.
  private func sendEarly(on connection: Connection) {
    guard connection.phase == .held || connection.phase == .sending else { return }
    connection.sliceBytes = .max
    attempt(on: connection) { () throws(Errno) in
      count(try connection.sendHeld(connection.unsentByteCount), on: connection)
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
      if connection.phase == .held { sendEarly(on: connection) }
      if connections.contains(connection), !connection.canGoOn { cutOff(connection) }
    }
    isHandedOver = true
    connections.leaveAlone(.everything)
    var state = QueueState(SocketState(number: acceptor.socketNumber))
    let (states, left, rest) = connections.handOver(to: handOver)
    (state.connections, leftBehind) = (states, left)
    for connection in rest { cutOff(connection) }
    drops.flush()
    return state
  }

  func resumeAfterHandOver() {
    loop.refreshClock()
    (isHandedOver, leftBehind) = (false, [])
    connections.leaveAlone(.none)
    for connection in connections.members where connection.phase == .sending {
      connection.socket.deliverOnClose()
    }
    timeouts.watchDeadlines(expire)
    timeouts.watch(expire)
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
    guard !connections.isEmpty else { return }
    if connections.members.contains(where: { $0.deadline != nil }) { timeouts.watchDeadlines(expire) }
    timeouts.watch(expire)
  }

  private func adopt(_ connection: Connection, lineFreeAt: Int64) {
    shaper.begin(connection)
    if lineFreeAt != 0 { connection.shaping = ReplyShaping(lineFreeAt: lineFreeAt) }
    try? connection.socket.descriptor.setKeepAlive(timeouts.keepAlive)
    connections.insert(connection)
    if !connection.hasLastReply, let reason = admission.reasonToEnd(connection) {
      drops.drop(reason, of: connection.client ?? connection.peer)
      cutOff(connection)
    }
  }
}
