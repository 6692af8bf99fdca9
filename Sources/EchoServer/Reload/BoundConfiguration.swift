import EchoCore
import Logging
import Sockets
import SystemPackage

/// Everything that a new configuration needs, bound but not yet served.
struct BoundConfiguration {
  let listeners: [Listener]
  let admin: AdminServer?
  let unserved: UnservedSockets?

  /// The state of the server that binds it.
  struct Context {
    let server: EchoServer
    /// The process's limit on connections.
    let connections: ConnectionBudget
    let logger: Logger
    let admin: AdminServer?
    let unserved: UnservedSockets?
  }

  /// Binds what does not exist yet. If this throws, everything is undone and no client is affected.
  init(for diff: ReloadDiff, in context: Context) throws(StartError) {
    let wanted = diff.configuration.listeners
    var bound: [String: Listener] = [:]
    for listener in wanted { bound[listener.name] = diff.kept(as: listener) }
    // Last, when nothing else can fail: sockets that join a running listener's port get some of its clients at once.
    for listener in wanted where bound[listener.name] == nil && diff.handedOver(to: listener).isEmpty {
      bound[listener.name] = try Self.bind(listener, for: diff, in: context)
    }
    admin = try Self.admin(for: diff, in: context)
    unserved = try Self.unserved(for: diff, in: context)
    for listener in wanted where bound[listener.name] == nil {
      bound[listener.name] = try Self.bind(listener, for: diff, in: context)
    }
    listeners = wanted.compactMap { bound[$0.name] }
  }

  private static func bind(
    _ wanted: ListenerConfiguration, for diff: ReloadDiff, in context: Context
  ) throws(StartError) -> Listener {
    try ListenerBinding.listener(
      for: wanted, handedOver: diff.handedOver(to: wanted), leaving: diff.closingSockets,
      connections: context.connections, logger: context.logger)
  }

  private static func admin(
    for diff: ReloadDiff, in context: Context
  ) throws(StartError) -> AdminServer? {
    guard let wanted = diff.configuration.admin else { return nil }
    let passed = diff.passedAdminSocket
    if let admin = context.admin, admin.configured == wanted.endpoint, admin.passed === passed {
      return admin
    }
    return try AdminServer(
      bindingTo: wanted, passed: passed, leaving: context.admin, source: context.server,
      logger: context.logger)
  }

  private static func unserved(
    for diff: ReloadDiff, in context: Context
  ) throws(StartError) -> UnservedSockets? {
    let wanted = diff.unservedSockets.map(\.socket)
    if wanted.isEmpty { return nil }
    if let unserved = context.unserved, unserved.sockets.elementsEqual(wanted, by: ===) {
      return unserved
    }
    do throws(Errno) {
      return try UnservedSockets(wanted, logger: context.logger)
    } catch {
      throw .unservedSockets(error)
    }
  }
}
