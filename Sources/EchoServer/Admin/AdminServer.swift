import Addresses
import AdminHTTP
import EchoCore
import Logging
import Sockets
import SystemPackage

/// The admin socket, on a queue of its own. Every client has limits and deadlines.
///
/// While a request waits for a finding, other clients are served. The listeners' queues never wait for this one.
actor AdminServer {
  /// How many connections may wait to be accepted.
  static let backlog = 1024
  /// The size of one receive, which limits how many requests one client is served before the others.
  static let bufferBytes = 4096
  /// How often deadlines are checked.
  static let deadlinePaceMilliseconds: Int64 = 250

  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  nonisolated let configured: AdminEndpoint
  /// `nil` for a Unix socket.
  nonisolated let plan: SocketPlan?
  /// What it is bound to, with the port that the kernel chose.
  nonisolated let endpoint: AdminEndpoint
  private nonisolated let listening: SharedSocket<ListeningSocket>
  /// The socket, if it was passed.
  nonisolated let passed: SharedSocket<ListeningSocket>?

  /// It owns this server, and releases it when it stops.
  private let source: EchoServer
  private var router: Router
  private let logger: Logger
  private let loop: EventLoop
  private let buffer: MappedBuffer
  private let clients: AdminClients
  private let deadlineTimer = OneShot()
  private let roomTimer = OneShot()
  /// The configured names that it answers to.
  private var hosts: [String]
  private var machineName = MachineName()
  private var inquiries = InquiryPace()

  /// Binds, unless a socket was passed. Serves nothing before ``start()``.
  ///
  /// - Parameters:
  ///   - plan: what to bind; `nil` for a Unix socket.
  ///   - restored: the socket of the process before this one.
  ///   - neighbours: our sockets that may be on the same port.
  ///   - connections: the budget of the listeners' connections.
  ///   - source: takes the snapshots.
  init(
    bindingTo wanted: AdminConfiguration, plan: SocketPlan?, passed: SharedSocket<ListeningSocket>?,
    restored: SharedSocket<ListeningSocket>? = nil, besides neighbours: [Neighbour],
    connections: ConnectionBudget, source: EchoServer, logger: Logger
  ) throws(StartError) {
    do throws(Errno) {
      if let existing = passed ?? restored {
        self.listening = existing
      } else {
        self.listening = try Self.bind(wanted.endpoint, plan, besides: neighbours)
      }
      self.loop = try EventLoop(label: "echod.admin")
      self.executor = loop.executor
      self.buffer = try MappedBuffer(byteCount: Self.bufferBytes)
      if let bound = try listening.socket.descriptor.localEndpoint() {
        self.endpoint = .tcp(address: bound.address, port: bound.port)
      } else {
        self.endpoint = try listening.socket.localUnixPath().map(AdminEndpoint.unix) ?? wanted.endpoint
      }
    } catch {
      throw .admin(wanted.endpoint, error)
    }
    self.configured = wanted.endpoint
    self.plan = plan
    self.hosts = wanted.hosts
    self.router = Self.router(at: endpoint, hosts + machineName.known)
    self.passed = passed
    self.source = source
    self.logger = logger.about(endpoint.logMetadata)
    // A passed socket keeps its backlog.
    self.clients = AdminClients(
      listening, on: loop, backlog: passed == nil ? Self.backlog : nil, besides: connections,
      logger: self.logger)
  }

  private static func bind(
    _ wanted: AdminEndpoint, _ plan: SocketPlan?, besides neighbours: [Neighbour]
  ) throws(Errno) -> SharedSocket<ListeningSocket> {
    if case .unix(let path) = wanted {
      return SharedSocket(try ListeningSocket(unixPath: path, backlog: backlog))
    }
    guard let plan, case .tcp(let socket) = try plan.bind(backlog: backlog, besides: neighbours) else {
      preconditionFailure("the plan of a TCP socket")
    }
    return socket
  }

  /// The socket for the descriptor store; `nil` if systemd has it anyway, or clients find it by its file.
  nonisolated var storable: BoundSocket? { passed == nil && plan != nil ? .tcp(listening) : nil }

  /// The socket, if new ones may have to share its port: see ``ReloadDiff/neighbours``.
  nonisolated func neighbour(whileKept isKept: Bool) -> Neighbour? {
    guard passed == nil, let plan, case .tcp(_, let port) = endpoint else { return nil }
    if isKept, plan.endpoint.port == 0 { return nil }
    return Neighbour(plan: plan.onPort(port), sockets: [.tcp(listening)])
  }

  /// Whether clients can still find the socket.
  nonisolated var isInPlace: Bool { listening.socket.isInPlace }

  func start() {
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
    clients.open()
    lookUpMachineName()
    logger.info("figures are served on \(endpoint)")
    if passed == nil, let plan, case .tcp(let address, let port) = endpoint {
      plan.warnWithoutIPv6(Endpoint(address: address, port: port), logger)
    }
  }

  /// Closes every connection and the socket, unless the next process gets it.
  func stop(leavingSocket: Bool = false) {
    clients.end()
    loop.stop()
    // systemd keeps a passed socket, and may start echod again because of it.
    guard passed == nil, !leavingSocket else { return }
    try? listening.socket.stopListening()
    listening.socket.removeFile()
  }

  private static func router(at endpoint: AdminEndpoint, _ names: [String]) -> Router {
    if case .unix = endpoint { Router(answeringTo: .any) } else { Router(answeringTo: .named(names)) }
  }

  /// Replaces the configured names that it answers to, and looks up the machine's own again.
  func answer(to hosts: [String]) {
    self.hosts = hosts
    updateRouter()
    lookUpMachineName()
  }

  private func updateRouter() {
    router = Self.router(at: endpoint, hosts + machineName.known)
  }

  /// Looks up the machine's full name. That can take the resolver seconds, and nothing waits for it.
  private func lookUpMachineName() {
    if case .unix = endpoint { return }
    guard machineName.beginLookup() else { return }
    Task { [weak self] in
      let name = await Resolver.fullMachineName()
      await self?.endLookup(name)
    }
  }

  private func endLookup(_ name: String?) {
    machineName.endLookup(name)
    updateRouter()
  }

  private func serve(_ token: UInt64) {
    if token == SocketIntake.token {
      clients.accept(admit)
      makeRoom()
    } else if let client = clients[token] {
      serve(client)
    }
  }
}

// MARK: - Clients

extension AdminServer {
  private func admit(_ client: AdminClient) {
    scheduleDeadlineCheck()
    // The request has often arrived together with the connection.
    serve(client)
  }

  /// Closes clients whose time without progress is over while newcomers wait, so that slow and idle clients lock nobody
  /// out.
  private func makeRoom() {
    while let (client, wait) = clients.nextToGiveWay() {
      guard wait <= 0 else {
        return loop.schedule(roomTimer, afterMilliseconds: wait) { self.makeRoom() }
      }
      let before = (client.connection.phase, client.progressedAt)
      // The rest of its request may have arrived.
      if client.connection.phase == .receiving { serveArrived(client) }
      if before == (client.connection.phase, client.progressedAt) { return clients.close(client) }
    }
  }

  /// Serves what has arrived, up to the size of one request.
  private func serveArrived(_ client: AdminClient) {
    var receives = HTTPLimits.wholeRequestBytes / Self.bufferBytes + 1
    while receives > 0, client.connection.phase == .receiving, serve(client) { receives -= 1 }
  }

  private func scheduleDeadlineCheck() {
    loop.schedule(deadlineTimer, afterMilliseconds: Self.deadlinePaceMilliseconds) { self.checkDeadlines() }
  }

  private func checkDeadlines() {
    // A client that waits for its response is not late.
    for client in clients.members where client.connection.phase != .held {
      if loop.now >= min(client.deadline, client.connection.deadline ?? .max) { end(client) }
    }
    if !clients.isEmpty { scheduleDeadlineCheck() }
  }

  /// Closes a client at its deadline. One whose request is incomplete gets an error response first.
  private func end(_ client: AdminClient) {
    guard client.connection.phase == .receiving, !client.parser.isEmpty else { return clients.close(client) }
    attempt(for: client) { () throws(Errno) in
      try respond(router.respond(to: client.parser.timedOut), to: client)
    }
    client.deadline = loop.now + Connection.lingerMilliseconds
  }
}

// MARK: - Requests

extension AdminServer {
  /// Does what the client's connection waits for. Returns whether bytes were received.
  @discardableResult
  private func serve(_ client: AdminClient) -> Bool {
    var hasReceived = false
    attempt(for: client) { () throws(Errno) in
      switch try client.connection.advance(using: buffer.bytes) {
      case .received(let byteCount):
        hasReceived = true
        if client.parser.isEmpty { client.deadline = loop.now + AdminClient.requestMilliseconds }
        client.parser.append(UnsafeRawBufferPointer(buffer.prefix(byteCount)))
        try answerNext(of: client)
      case .idle: return
      case .sent(let progress):
        client.progressedAt = loop.now
        guard progress.isWhole else { return }
        try endResponse(to: client)
        try answerNext(of: client)
      case .ended: clients.close(client)
      }
    }
    return hasReceived
  }

  /// Closes the client if the body fails.
  private func attempt(for client: AdminClient, _ body: () throws(Errno) -> Void) {
    do throws(Errno) {
      try body()
      clients.watch(client)
    } catch let error where error.isShortage {
      clients.pause(client, because: error)
    } catch {
      clients.close(client)
    }
  }

  /// Answers the received requests in order, until one is incomplete, needs a finding, or has a response that the client
  /// has not received in full.
  private func answerNext(of client: AdminClient) throws(Errno) {
    while client.connection.phase == .receiving {
      switch Result(catching: { () throws(RequestError) in try client.parser.next() }) {
      case .success(nil): return
      case .success(let request?):
        let routed = router.route(request)
        if let inquiry = routed.inquiry {
          hold(routed, of: client, until: inquiry)
        } else {
          try respond(routed.response(state: source.state), to: client)
        }
      case .failure(let error): try respond(router.respond(to: error), to: client)
      }
    }
  }

  /// Holds a request until the next finding of its inquiry, which begins after the request arrived.
  private func hold(_ request: RoutedRequest, of client: AdminClient, until inquiry: Inquiry) {
    client.waiting = (request, inquiry, inquiries.nextNumber())
    client.connection.hold()
    inquire(inquiry)
  }

  /// Makes an inquiry if a client is waiting for it, unless it is being made or was made a moment ago.
  private func inquire(_ inquiry: Inquiry) {
    guard clients.members.contains(where: { $0.waiting?.inquiry == inquiry }), inquiries.begin(inquiry) else {
      return
    }
    let last = inquiries.lastNumber
    Task {
      let finding = await source.answer(inquiry)
      answerWaiting(for: inquiry, upTo: last, with: finding)
      try? await Task.sleep(for: .milliseconds(InquiryPace.pauseMilliseconds(after: finding)))
      inquiries.end(inquiry)
      inquire(inquiry)
    }
  }

  private func answerWaiting(for inquiry: Inquiry, upTo last: Int, with finding: Finding) {
    loop.refreshClock()
    var responses = SharedResponses(state: source.state, finding: finding)
    for client in clients.members {
      guard let waiting = client.waiting, waiting.inquiry == inquiry, waiting.number <= last else { continue }
      client.waiting = nil
      client.connection.release()
      let response = responses.response(to: waiting.request)
      attempt(for: client) { () throws(Errno) in
        try respond(response, to: client)
        try answerNext(of: client)
      }
    }
  }

  private func respond(_ response: Response, to client: AdminClient) throws(Errno) {
    var response = response
    // Otherwise newcomers might wait for clients that never send another request.
    if clients.areCrowded { response.connection = .close }
    client.closesAfterResponse = response.connection == .close
    client.progressedAt = loop.now
    client.deadline = loop.now + AdminClient.requestMilliseconds
    if try client.connection.send(response.encoded(date: SystemClock.secondsSinceEpoch())).isWhole {
      try endResponse(to: client)
    }
  }

  private func endResponse(to client: AdminClient) throws(Errno) {
    client.progressedAt = loop.now
    client.wasAnswered = true
    if client.closesAfterResponse { return try clients.finish(client) }
    let isIdle = client.parser.isEmpty
    client.deadline = loop.now + (isIdle ? AdminClient.idleMilliseconds : AdminClient.requestMilliseconds)
  }
}
