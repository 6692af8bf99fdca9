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
  /// Clients connected at once. A place is kept free: see ``keepPlaceFree()``.
  static let maxConnections = 64
  /// How many connections one readiness brings in: few enough that one which has just come is still there when its
  /// request is, whatever the crowd.
  static let acceptBatch = 16
  /// How long a client may make no progress while others wait because descriptors ran out.
  static let crowdedMilliseconds: Int64 = 1000
  /// Connections that may wait to be accepted.
  static let backlog = 1024
  /// What one receive takes, and so how many requests one client has answered before others get their turn.
  static let bufferBytes = 4096
  /// How often deadlines are checked, while there are clients.
  static let deadlinePaceMilliseconds: Int64 = 250
  /// The least time between two snapshots: a flood of requests does not become a flood of work for the listeners' queues.
  static let snapshotPaceMilliseconds = 10

  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// What the configuration asks for.
  nonisolated let configured: AdminEndpoint
  /// What it is bound to, the kernel's choice of a port included.
  nonisolated let endpoint: AdminEndpoint
  private nonisolated let listening: SharedSocket<ListeningSocket>
  /// The socket, if it was passed.
  nonisolated let passed: SharedSocket<ListeningSocket>?

  /// It holds this server, so it is there as long as it is needed.
  private weak let source: EchoServer?
  private let router: Router
  private let logger: Logger
  private let loop: EventLoop
  private let acceptor: Acceptor
  private let budget = ConnectionBudget(limit: AdminServer.maxConnections)
  private let buffer = MessageBuffer(byteCount: AdminServer.bufferBytes)
  private let clients: ConnectionTable<AdminClient>
  private let deadlineTimer = OneShot()
  /// How many requests have waited for a snapshot, and whether one is being taken.
  private var waitingCount = 0
  private var isTakingSnapshot = false
  private var logPace = LogPace()

  /// Binds; nothing is answered before ``start()``.
  ///
  /// - Parameters:
  ///   - passed: a socket to use instead of binding.
  ///   - leaving: the admin server that this one replaces; it may be bound to the same port.
  ///   - source: takes the snapshots.
  init(
    bindingTo wanted: AdminEndpoint, passed: SharedSocket<ListeningSocket>?, leaving: AdminServer?,
    source: EchoServer, logger: Logger
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
    self.router = Router(machineNames: [Resolver.machineName])
    self.logger = logger.about(endpoint.logMetadata)
    self.clients = ConnectionTable(on: loop, logger: self.logger)
    // A passed socket keeps the backlog that it came with.
    self.acceptor = Acceptor(
      listening, on: loop, backlog: passed == nil ? Self.backlog : nil, budget: budget,
      newcomers: "new clients of the admin socket", batch: Self.acceptBatch, logger: self.logger)
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
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
    acceptor.open()
    logger.info("serving statistics on \(endpoint)")
  }

  /// Closes every connection and the socket.
  func stop() {
    acceptor.close()
    for client in clients.members { close(client) }
    loop.stop()
    // A passed socket is the service manager's too: it may start echod again by it.
    guard passed == nil else { return }
    try? listening.socket.stopListening()
    if case .unix(let path) = endpoint { unlink(path) }
  }

  private func serve(_ token: UInt64) {
    if token == SocketIntake.token { return acceptor.acceptBatch(admit) }
    if let client = clients[token] { serve(client) }
  }
}

// MARK: - Clients

extension AdminServer {
  private func admit(_ accepted: consuming ListeningSocket.Accepted) {
    let peer = accepted.peer
    let client = AdminClient(Connection(accepted.takeSocket(), peer: peer, at: loop.now), at: loop.now)
    clients.insert(client)
    scheduleDeadlineCheck()
    // A request that came with its connection is answered before a crowd can take the place.
    serve(client)
    keepPlaceFree()
  }

  /// Slow and idle clients keep nobody out, however many they are: at the limit, the one that made no progress for
  /// longest is closed. Those who wait for their first snapshot stay; while there are no others, newcomers wait in the
  /// kernel.
  private func keepPlaceFree() {
    guard clients.count >= Self.maxConnections else { return }
    let others = clients.members.filter { !$0.awaitsFirstSnapshot }
    guard let last = others.min(by: { $0.progressedAt < $1.progressedAt }) else { return }
    if logPace.isDue(at: loop.now) {
      logger.warning(
        "the admin socket is full: \(Self.maxConnections) clients are connected; new ones replace the ones idle longest"
      )
    }
    close(last)
  }

  private func close(_ client: AdminClient) {
    guard clients.remove(client) else { return }
    budget.giveBack()
    acceptor.resume()
  }

  private func scheduleDeadlineCheck() {
    loop.schedule(deadlineTimer, afterMilliseconds: Self.deadlinePaceMilliseconds) { self.checkDeadlines() }
  }

  private func checkDeadlines() {
    for client in clients.members {
      let deadline = min(client.deadline, client.connection.deadline ?? .max)
      let isInTheWay = acceptor.isPaused && loop.now - client.progressedAt >= Self.crowdedMilliseconds
      if loop.now >= deadline || isInTheWay { end(client) }
    }
    if !clients.isEmpty { scheduleDeadlineCheck() }
  }

  /// A client whose request did not arrive in time is told so; the others are idle, or do not listen.
  private func end(_ client: AdminClient) {
    guard client.connection.phase == .receiving, !client.parser.isEmpty else { return close(client) }
    client.deadline = loop.now + Connection.lingerMilliseconds
    attempt(for: client) { () throws(Errno) in try respond(router.respond(to: .timedOut), to: client) }
  }
}

// MARK: - Requests

extension AdminServer {
  private func serve(_ client: AdminClient) {
    attempt(for: client) { () throws(Errno) in
      switch try client.connection.advance(using: buffer.bytes) {
      case .received(let byteCount):
        if client.parser.isEmpty { client.deadline = loop.now + AdminClient.requestMilliseconds }
        client.parser.append(UnsafeRawBufferPointer(buffer.prefix(byteCount)))
        try answerNext(of: client)
      case .idle: return
      case .sent(let progress):
        clients.watch(client)
        guard progress.isWhole else { return }
        try endResponse(to: client)
        try answerNext(of: client)
      case .ended: close(client)
      }
    }
  }

  /// Does something for a client that can fail, which is then its end.
  private func attempt(for client: AdminClient, _ body: () throws(Errno) -> Void) {
    do throws(Errno) {
      try body()
    } catch {
      close(client)
    }
  }

  /// Answers the requests that have come, one after another, until one has to wait: for its bytes, for a snapshot, or
  /// for the client to take its response.
  private func answerNext(of client: AdminClient) throws(Errno) {
    while client.connection.phase == .receiving, clients.contains(client) {
      switch Result(catching: { () throws(RequestError) in try client.parser.next() }) {
      case .success(nil):
        return
      case .success(let request?) where router.needsSnapshot(request):
        hold(request, of: client)
      case .success(let request?):
        try respond(response(to: request, with: nil), to: client)
      case .failure(let error):
        try respond(router.respond(to: error), to: client)
      }
    }
  }

  private func response(to request: Request, with snapshot: Snapshot?) -> Response {
    router.respond(to: request, state: source?.state ?? .stopping, snapshot: snapshot)
  }

  /// Holds a request until the next snapshot, which is taken after this moment, and answers all that wait.
  private func hold(_ request: Request, of client: AdminClient) {
    waitingCount += 1
    client.waitingRequest = AdminClient.WaitingRequest(request: request, number: waitingCount)
    client.connection.hold()
    clients.watch(client)
    takeSnapshot()
  }

  private func takeSnapshot() {
    guard !isTakingSnapshot, clients.members.contains(where: { $0.waitingRequest != nil }) else { return }
    isTakingSnapshot = true
    let last = waitingCount
    Task {
      let snapshot = await source?.snapshot()
      answerWaiting(upTo: last, with: snapshot)
      try? await Task.sleep(for: .milliseconds(Self.snapshotPaceMilliseconds))
      isTakingSnapshot = false
      takeSnapshot()
    }
  }

  private func answerWaiting(upTo last: Int, with snapshot: Snapshot?) {
    loop.refreshClock()
    for client in clients.members {
      guard let waiting = client.waitingRequest, waiting.number <= last else { continue }
      client.waitingRequest = nil
      _ = client.connection.release()
      attempt(for: client) { () throws(Errno) in
        try respond(response(to: waiting.request, with: snapshot), to: client)
        try answerNext(of: client)
      }
      clients.watch(client)
    }
    keepPlaceFree()
  }

  private func respond(_ response: Response, to client: AdminClient) throws(Errno) {
    client.endsAfterResponse = response.connection == .close
    let bytes = response.encoded()
    let sent = bytes.withUnsafeBytes { bytes in
      Result { () throws(Errno) in try client.connection.send(bytes) }
    }
    if try sent.get().isWhole { return try endResponse(to: client) }
    clients.watch(client)
  }

  private func endResponse(to client: AdminClient) throws(Errno) {
    client.progressedAt = loop.now
    client.wasAnswered = true
    if client.endsAfterResponse { return try client.connection.finish(at: loop.now) }
    let isIdle = client.parser.isEmpty
    client.deadline = loop.now + (isIdle ? AdminClient.idleMilliseconds : AdminClient.requestMilliseconds)
  }
}
