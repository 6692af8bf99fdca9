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
  /// The pace at which deadlines are looked after, while there are clients.
  static let deadlinePaceMilliseconds: Int64 = 250
  /// How long after the figures were collected they are collected again at the earliest: a flood of questions does not
  /// become a flood of work for the listeners' queues.
  static let snapshotPaceMilliseconds = 10

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
  weak let source: EchoServer?
  let router: Router
  let logger: Logger
  let loop: EventLoop
  let acceptor: Acceptor
  let budget = ConnectionBudget(limit: AdminServer.maxConnections)
  let buffer = ReceiveBuffer(byteCount: AdminServer.bufferBytes)
  var connections = SlotTable<AdminConnection>()
  var checkIsScheduled = false
  /// How many requests have asked for the figures, and whether these are being collected.
  var questionCount = 0
  var isCollecting = false
  private var logPace = LogPace()

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
      listening, on: loop, budget: budget, newcomers: "new clients of the admin socket",
      batch: Self.acceptBatch, logger: self.logger)
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
    acceptor.open { [weak self] in self?.assumeIsolated { $0.endPause() } }
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

  private func endPause() {
    keepPlaceFree()
    acceptor.endPause()
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
      return close(slot)
    }
    scheduleDeadlineCheck()
    // A request that came with its connection is answered before a crowd can take the place.
    serve(connection, in: slot)
    keepPlaceFree()
  }

  /// Slow and idle clients keep nobody out, however many they are: at the limit the one goes that made no progress for
  /// longest. Those who wait for their first figures stay; while there are no others, newcomers wait in the kernel.
  func keepPlaceFree() {
    guard connections.count >= Self.maxConnections else { return }
    let others = connections.entries.filter { !$0.element.awaitsFirstFigures }
    guard let last = others.min(by: { $0.element.progressedAt < $1.element.progressedAt }) else { return }
    if logPace.isDue(at: loop.now) {
      logger.warning(
        "the admin socket is crowded: \(Self.maxConnections) clients are connected, and new ones take the places of old ones"
      )
    }
    close(last.slot)
  }

  func close(_ slot: Int) {
    guard connections.remove(at: slot) != nil else { return }
    budget.giveBack()
    acceptor.resume()
  }

  func watch(_ connection: AdminConnection, in slot: Int) {
    do throws(Errno) {
      try loop.modify(connection.stream.socket.descriptor, for: connection.interest, token: slot + 1)
    } catch {
      close(slot)
    }
  }
}
