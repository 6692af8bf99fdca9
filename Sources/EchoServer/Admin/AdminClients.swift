import Logging
import Sockets
import SystemPackage

/// The clients of the admin socket.
///
/// A client has a place from its accept until its last response is sent. After that it lingers without a place. While
/// every place is taken, newcomers wait in the kernel, and a client that makes no progress has to give way. A client
/// that has sent a whole request gets its response first.
final class AdminClients {
  /// How many clients can have a place, if enough descriptors are reserved: see ``limit``.
  static let places = 64
  /// How many clients can linger; beyond, the oldest of them is closed.
  static let lingering = 32
  /// How long a client may make no progress while newcomers wait.
  static let patienceMilliseconds: Int64 = 1000
  /// The same for a client whose first request is incomplete, while this is true of most clients. The short time
  /// applies while more newcomers wait than there are places. Usually a client sends its request as soon as it has
  /// connected.
  static let crowdedPatienceMilliseconds: (usual: Int64, short: Int64) = (500, 10)
  /// For how long after the last place was taken every response closes its connection.
  static let crowdMilliseconds: Int64 = 1000
  /// How many connections are accepted per readiness event.
  static let acceptBatch = 16
  /// The keepalive of the connections.
  static let keepAlive = KeepAlive(idleSeconds: 120)

  private let listening: SharedSocket<ListeningSocket>
  private let loop: EventLoop
  private let acceptor: Acceptor
  private let budget = ConnectionBudget(limit: AdminClients.places)
  /// The budget of the listeners' connections.
  private let connections: ConnectionBudget
  private let table: ConnectionTable<AdminClient>
  private var lingeringCount = 0
  /// When the last free place was last taken.
  private var crowdedAt: Int64?

  /// - Parameters:
  ///   - backlog: as for ``Acceptor``.
  ///   - connections: the budget of the listeners' connections, beside which descriptors are reserved.
  init(
    _ listening: SharedSocket<ListeningSocket>, on loop: EventLoop, backlog: Int?,
    besides connections: ConnectionBudget, logger: Logger
  ) {
    self.listening = listening
    self.connections = connections
    self.loop = loop
    self.table = ConnectionTable(on: loop, logger: logger)
    self.acceptor = Acceptor(
      listening, on: loop, backlog: backlog, keepAlive: Self.keepAlive, budget: budget,
      newcomers: "new clients of the admin socket", batch: Self.acceptBatch, logger: logger)
  }

  var isEmpty: Bool { table.isEmpty }

  /// A copy of the list of clients, so that clients can be removed during iteration.
  var members: [AdminClient] { table.members }

  /// Whether newcomers wait in the kernel.
  private var newcomersWait: Bool { acceptor.intake.isPaused }

  /// Whether each response should close its connection, so that newcomers need not wait.
  var areCrowded: Bool {
    newcomersWait || crowdedAt.map { loop.now - $0 < Self.crowdMilliseconds } ?? false
  }

  private var takenPlaces: Int { table.count - lingeringCount }

  /// How many clients there can be, including those that linger. That many descriptors are reserved: if clients used up
  /// the last descriptors, Dispatch could not open its own, and would end the process.
  private var limit: Int { min(Self.places, connections.descriptorsForAdmin) }

  /// The client with a token in the readiness set, unless it was closed.
  subscript(token: UInt64) -> AdminClient? { table[token] }

  /// Begins to accept clients.
  func open() { acceptor.intake.open() }

  /// Closes every connection, and accepts no more.
  func end() {
    acceptor.intake.close()
    for client in table.members { close(client) }
  }

  /// Accepts some of the waiting clients, as far as there are places.
  func accept(_ admit: (AdminClient) -> Void) {
    budget.changeLimit(to: limit)
    makeDescriptorFree()
    acceptor.acceptBatch { accepted in
      let peer = accepted.peer
      let client = AdminClient(Connection(accepted.takeSocket(), peer: peer, at: loop.now), at: loop.now)
      table.insert(client)
      if takenPlaces >= limit { crowdedAt = loop.now }
      admit(client)
      makeDescriptorFree()
    }
    // If newcomers wait although places are free, descriptors are short.
    if newcomersWait, takenPlaces < limit { closeOldestLingering() }
  }

  /// Closes lingering clients until there is a descriptor for a newcomer.
  private func makeDescriptorFree() {
    while table.count >= limit, lingeringCount > 0 { closeOldestLingering() }
  }

  /// See ``ConnectionTable/watch(_:)``.
  func watch(_ client: AdminClient) { table.watch(client) }

  /// See ``ConnectionTable/pause(_:because:)``.
  func pause(_ client: AdminClient, because error: Errno) { table.pause(client, because: error) }

  func close(_ client: AdminClient) {
    guard table.remove(client) else { return }
    if client.connection.isLingering {
      lingeringCount -= 1
    } else {
      budget.giveBack()
    }
    // Now a descriptor or a place is free.
    acceptor.intake.resume()
  }

  /// Ends our side of a connection. The client lingers, and gives its place back.
  func finish(_ client: AdminClient) throws(Errno) {
    guard table.contains(client) else { return }
    try client.connection.finish(at: loop.now)
    lingeringCount += 1
    budget.giveBack()
    acceptor.intake.resume()
    if lingeringCount > Self.lingering { closeOldestLingering() }
  }

  /// Closes the client that has lingered longest. The kernel already has all of its response.
  private func closeOldestLingering() {
    let lingering = table.members.filter(\.connection.isLingering)
    let oldest = lingering.min { $0.connection.deadline ?? 0 < $1.connection.deadline ?? 0 }
    if let oldest { close(oldest) }
  }

  /// The client that has to give way to a newcomer, and in how many milliseconds; `nil` if none has to.
  func nextToGiveWay() -> (client: AdminClient, wait: Int64)? {
    guard newcomersWait else { return nil }
    let members = table.members
    let patience = patienceWithNew(members.count(where: \.isNew))
    var next: (client: AdminClient, wait: Int64)?
    for client in members where client.canGiveWay {
      let wait = client.progressedAt + (client.isNew ? patience : Self.patienceMilliseconds) - loop.now
      if wait < next?.wait ?? .max { next = (client, wait) }
    }
    return next
  }

  private func patienceWithNew(_ count: Int) -> Int64 {
    guard count > limit / 2 else { return Self.patienceMilliseconds }
    let isLong = listening.socket.descriptor.waitingConnections > limit
    return isLong ? Self.crowdedPatienceMilliseconds.short : Self.crowdedPatienceMilliseconds.usual
  }
}

extension ConnectionBudget {
  /// How many of the reserved descriptors the admin clients can use. Under a low limit a quarter of the reserve is left
  /// for the rest of the process. See ``limit(descriptorLimit:own:)``.
  fileprivate var descriptorsForAdmin: Int { max(1, min(Self.reservedDescriptors, (limit - 1) / 4)) }
}
