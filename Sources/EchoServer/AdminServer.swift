import Addresses
import AdminHTTP
import EchoCore
import Glibc
import Logging
import Sockets
import SystemPackage

/// The admin socket: one queue of its own, on which every client has limits and deadlines.
///
/// It asks for a snapshot when a request needs one and goes on with its other clients meanwhile; the listeners'
/// queues never wait for it.
actor AdminServer {
  /// Clients connected at once; more wait in the kernel.
  static let maxConnections = 64
  /// How long a client may make no progress while others wait: slow and idle ones keep nobody out.
  static let crowdedMilliseconds: Int64 = 1000
  /// Connections that may wait to be accepted.
  static let backlog = 1024
  /// What one receive takes.
  static let bufferBytes = 16 * 1024
  /// The pace at which deadlines are looked after, while there are clients.
  static let deadlinePaceMilliseconds: Int64 = 250
  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// What the configuration asks for.
  nonisolated let configured: AdminEndpoint
  /// What it is bound to, the kernel's choice of a port included.
  nonisolated let endpoint: AdminEndpoint
  nonisolated let listening: SharedSocket<ListeningSocket>
  /// The socket, if it was passed.
  nonisolated let passed: SharedSocket<ListeningSocket>?

  /// It holds this server, so it is there as long as it is needed.
  private weak let source: EchoServer?
  private let router: Router
  private let logger: Logger
  private let loop: EventLoop
  private let acceptor: Acceptor
  private let budget = ConnectionBudget(limit: AdminServer.maxConnections)
  private let buffer = ReceiveBuffer(byteCount: AdminServer.bufferBytes)
  private var connections = SlotTable<AdminConnection>()
  private var checkIsScheduled = false

  /// Binds; nothing is answered before ``start()``.
  ///
  /// - Parameters:
  ///   - passed: a socket to use instead of binding.
  ///   - leaving: the admin server that this one takes the place of; it may stand on the same port.
  ///   - figures: who collects them.
  init(
    bindingTo wanted: AdminEndpoint, passed: SharedSocket<ListeningSocket>?, leaving: AdminServer?,
    figures source: EchoServer, logger: Logger
  ) throws(StartError) {
    do throws(Errno) {
      if let passed {
        self.listening = passed
      } else {
        self.listening = try Self.bind(wanted, leaving: leaving)
      }
      self.loop = try EventLoop(label: "echod.admin")
      self.executor = loop.executor
      if let bound = try listening.socket.localEndpoint() {
        self.endpoint = .tcp(address: bound.address, port: bound.port)
      } else {
        self.endpoint = try listening.socket.localUnixPath().map(AdminEndpoint.unix) ?? wanted
      }
    } catch {
      throw .admin(wanted, error)
    }
    self.configured = wanted
    self.passed = passed
    self.source = source
    self.router = Router(machineNames: [Host.name])
    self.logger = logger.about(endpoint.logMetadata)
    self.acceptor = Acceptor(
      listening, on: loop, budget: budget, newcomers: "new clients of the admin socket", logger: self.logger)
  }

  private static func bind(
    _ wanted: AdminEndpoint, leaving: AdminServer?
  ) throws(Errno) -> SharedSocket<ListeningSocket> {
    switch wanted {
    case .unix(let path):
      return SharedSocket(try ListeningSocket(unixPath: path, backlog: backlog))
    case .tcp(let address, let port):
      // A passed socket is not gone when the admin server is.
      let others = leaving.map { $0.passed == nil ? [BoundSocket.tcp($0.listening)] : [] } ?? []
      let endpoint = Endpoint(address: address, port: port)
      return try ListenerBinding.bind(to: endpoint, besides: others) { sharingPort throws(Errno) in
        SharedSocket(try ListeningSocket(boundTo: endpoint, backlog: backlog, sharingPort: sharingPort))
      }
    }
  }

  func start() {
    do throws(Errno) {
      // A passed socket keeps the backlog that it came with.
      if passed == nil { try listening.socket.listen(backlog: Self.backlog) }
    } catch {
      logger.error("the admin socket cannot listen: \(error)", metadata: error.logMetadata)
    }
    acceptor.open { [weak self] in self?.assumeIsolated { $0.acceptor.endPause() } }
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
    logger.info("figures are served on \(endpoint)")
  }

  /// Closes every connection and the socket.
  func stop() {
    acceptor.close()
    for (slot, _) in connections.entries { close(slot) }
    loop.stop()
    // A passed socket is the service manager's too: it may start echod again by it.
    guard passed == nil else { return }
    try? listening.socket.stopListening()
    if case .unix(let path) = endpoint { unlink(path) }
  }

  private func serve(_ token: UInt64) {
    if token == Acceptor.token { return acceptor.acceptBatch(admit) }
    let slot = Int(token) - 1
    if let connection = connections[slot] { serve(connection, in: slot) }
  }
}

// MARK: - Accepting

extension AdminServer {
  private func admit(_ accepted: consuming ListeningSocket.Accepted) {
    let peer = accepted.peer
    let connection = AdminConnection(
      Connection(accepted.takeSocket(), peer: peer, at: loop.now), at: loop.now)
    let slot = connections.insert(connection)
    do throws(Errno) {
      try loop.add(connection.stream.socket.descriptor, for: .readable, token: slot + 1)
    } catch {
      close(slot)
    }
    scheduleDeadlineCheck()
  }
}

// MARK: - Answering

extension AdminServer {
  private func serve(_ connection: AdminConnection, in slot: Int) {
    do throws(Errno) {
      switch connection.stream.phase {
      case .receiving:
        try receive(on: connection, in: slot)
      case .sending:
        if try connection.stream.sendRest().isWhole { try afterResponse(on: connection, in: slot) }
      case .lingering:
        if connection.stream.discard(using: buffer.bytes) { close(slot) }
      }
    } catch {
      close(slot)
    }
  }

  private func receive(on connection: AdminConnection, in slot: Int) throws(Errno) {
    switch try connection.stream.socket.receive(into: buffer.bytes) {
    case .wouldBlock: return
    case .end: close(slot)
    case .bytes(let count):
      connection.progressedAt = loop.now
      if connection.parser.isEmpty { connection.deadline = loop.now + AdminConnection.requestMilliseconds }
      connection.parser.append(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
      try answerNext(on: connection, in: slot)
    }
  }

  /// Answers the requests that have come, one after another, until one has to wait: for its bytes, for the figures,
  /// or for the client to take its response.
  private func answerNext(on connection: AdminConnection, in slot: Int) throws(Errno) {
    while connection.stream.phase == .receiving, !connection.awaitsSnapshot, connections[slot] === connection
    {
      switch Result(catching: { () throws(RequestError) in try connection.parser.next() }) {
      case .success(nil):
        return
      case .success(let request?) where router.needsSnapshot(request):
        collectSnapshot(for: request, on: connection, in: slot)
      case .success(let request?):
        try respond(router.respond(to: request, snapshot: nil), on: connection, in: slot)
      case .failure(let error):
        try respond(router.respond(to: error), on: connection, in: slot)
      }
    }
  }

  private func collectSnapshot(for request: Request, on connection: AdminConnection, in slot: Int) {
    connection.awaitsSnapshot = true
    watch(connection, in: slot)
    Task {
      let figures = await source?.snapshot()
      guard connections[slot] === connection else { return }
      loop.refreshClock()
      connection.awaitsSnapshot = false
      watch(connection, in: slot)
      do throws(Errno) {
        try respond(router.respond(to: request, snapshot: figures), on: connection, in: slot)
        try answerNext(on: connection, in: slot)
      } catch {
        close(slot)
      }
    }
  }

  private func respond(_ response: Response, on connection: AdminConnection, in slot: Int) throws(Errno) {
    connection.endsAfterResponse = response.connection == .close
    let bytes = response.encoded()
    let stream = connection.stream
    let sent = bytes.withUnsafeBytes { bytes in
      Result { () throws(Errno) in try stream.send(bytes) }
    }
    if try sent.get().isWhole { return try endResponse(on: connection, in: slot) }
    watch(connection, in: slot)
  }

  private func afterResponse(on connection: AdminConnection, in slot: Int) throws(Errno) {
    watch(connection, in: slot)
    try endResponse(on: connection, in: slot)
    try answerNext(on: connection, in: slot)
  }

  private func endResponse(on connection: AdminConnection, in slot: Int) throws(Errno) {
    connection.progressedAt = loop.now
    if connection.endsAfterResponse { return try connection.stream.finish(at: loop.now) }
    let isIdle = connection.parser.isEmpty
    connection.deadline =
      loop.now + (isIdle ? AdminConnection.idleMilliseconds : AdminConnection.requestMilliseconds)
  }

  private func watch(_ connection: AdminConnection, in slot: Int) {
    do throws(Errno) {
      try loop.modify(connection.stream.socket.descriptor, for: connection.interest, token: slot + 1)
    } catch {
      close(slot)
    }
  }
}

// MARK: - Deadlines

extension AdminServer {
  private func scheduleDeadlineCheck() {
    guard !checkIsScheduled, !connections.isEmpty else { return }
    checkIsScheduled = true
    executor.perform(afterMilliseconds: Self.deadlinePaceMilliseconds) { [weak self] in
      self?.assumeIsolated { $0.checkDeadlines() }
    }
  }

  private func checkDeadlines() {
    checkIsScheduled = false
    loop.refreshClock()
    let isCrowded = acceptor.isPaused
    for (slot, connection) in connections.entries {
      var deadline = connection.deadline
      if case .lingering(let until, _) = connection.stream.phase { deadline = min(deadline, until) }
      let isInTheWay = isCrowded && loop.now - connection.progressedAt >= Self.crowdedMilliseconds
      if loop.now >= deadline || isInTheWay { end(connection, in: slot) }
    }
    scheduleDeadlineCheck()
  }

  /// A client whose request did not arrive in time is told so; the others are idle, or do not listen.
  private func end(_ connection: AdminConnection, in slot: Int) {
    let isMidRequest = connection.stream.phase == .receiving && !connection.awaitsSnapshot
    guard isMidRequest, !connection.parser.isEmpty else { return close(slot) }
    connection.deadline = loop.now + Connection.lingerMilliseconds
    do throws(Errno) {
      try respond(router.respond(to: .timedOut), on: connection, in: slot)
    } catch {
      close(slot)
    }
  }

  private func close(_ slot: Int) {
    guard connections.remove(at: slot) != nil else { return }
    budget.giveBack()
    acceptor.resume()
  }
}
