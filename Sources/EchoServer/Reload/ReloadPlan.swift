import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// What a new configuration needs: everything is bound, and nothing of it is served yet.
struct ReloadPlan {
  let listeners: [Listener]
  let admin: AdminServer?
  let unserved: UnservedSockets?

  /// What a plan is made with, beside the configuration.
  struct Surroundings {
    /// Takes the snapshots of the admin server.
    let server: EchoServer
    /// The process's limit on connections.
    let connections: ConnectionBudget
    let logger: Logger
    /// Those that serve now.
    let admin: AdminServer?
    let unserved: UnservedSockets?
  }

  /// Binds everything that is not there yet. After an error nothing of it is left, and no client was served by it.
  init(for succession: Succession, in surroundings: Surroundings) throws(StartError) {
    let wanted = succession.configuration.listeners
    var bound: [String: Listener] = [:]
    for listener in wanted { bound[listener.name] = succession.kept(as: listener) }
    // Sockets that join those of a running listener get its clients as soon as they are bound: they come last, when
    // nothing else can fail.
    for listener in wanted where bound[listener.name] == nil && succession.handedOver(to: listener).isEmpty {
      bound[listener.name] = try Self.bind(listener, for: succession, in: surroundings)
    }
    admin = try Self.admin(for: succession, in: surroundings)
    unserved = try Self.unserved(for: succession, in: surroundings)
    for listener in wanted where bound[listener.name] == nil {
      bound[listener.name] = try Self.bind(listener, for: succession, in: surroundings)
    }
    listeners = wanted.compactMap { bound[$0.name] }
  }

  private static func bind(
    _ wanted: ListenerConfiguration, for succession: Succession, in surroundings: Surroundings
  ) throws(StartError) -> Listener {
    guard let service = Service.named(wanted.service) else {
      preconditionFailure("a checked configuration names a service of the catalogue")
    }
    let sockets = try ListenerBinding.sockets(
      for: wanted, handedOver: succession.handedOver(to: wanted), leaving: succession.vanishingSockets)
    let configured = Endpoint(address: wanted.address, port: wanted.port)
    let endpoints: [Endpoint]
    do throws(Errno) {
      endpoints = try sockets.map { socket throws(Errno) in try socket.localEndpoint() ?? configured }
    } catch {
      throw .listener(name: wanted.name, transport: wanted.transport, endpoint: configured, error)
    }
    let logger = surroundings.logger.about(wanted, at: endpoints.first ?? configured)
    let limits = ConnectionLimits(
      access: AccessList(wanted.allow), listener: ConnectionBudget(limit: wanted.maxConnections),
      process: surroundings.connections, perClient: wanted.maxConnectionsPerClient.map(PerClientBudget.init))
    let limiter = SharedRateLimiter(for: wanted)
    var queues: [any ListenerQueue] = []
    for socket in sockets {
      queues.append(
        try ListenerBinding.queue(
          on: socket, for: wanted, service: service, limits: limits, limiter: limiter, logger: logger))
    }
    return Listener(configuration: wanted, sockets: sockets, queues: queues, endpoints: endpoints)
  }

  private static func admin(
    for succession: Succession, in surroundings: Surroundings
  ) throws(StartError) -> AdminServer? {
    guard let wanted = succession.configuration.admin else { return nil }
    let passed = succession.passedAdminSocket
    if let admin = surroundings.admin, admin.configured == wanted, admin.passed === passed { return admin }
    return try AdminServer(
      bindingTo: wanted, passed: passed, leaving: surroundings.admin, source: surroundings.server,
      logger: surroundings.logger)
  }

  private static func unserved(
    for succession: Succession, in surroundings: Surroundings
  ) throws(StartError) -> UnservedSockets? {
    let wanted = succession.unservedSockets.map(\.socket)
    if wanted.isEmpty { return nil }
    if let unserved = surroundings.unserved, unserved.sockets.elementsEqual(wanted, by: ===) {
      return unserved
    }
    do throws(Errno) {
      return try UnservedSockets(wanted, logger: surroundings.logger)
    } catch {
      throw .unservedSockets(error)
    }
  }
}
