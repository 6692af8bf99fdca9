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
    /// The seed of each `impair` that has none.
    let drawnSeed: UInt32
    let logger: Logger
    let admin: AdminServer?
    let unserved: UnservedSockets?
    /// The sockets of earlier configurations that are still open.
    let draining: [Neighbour]
  }

  /// Binds what does not exist yet. If this throws, everything is undone and no client is affected.
  init(for diff: ReloadDiff, in context: Context) throws(StartError) {
    if let (one, other) = diff.twins {
      throw .sameInterface(name: other.name, BoundAddress(of: other, port: other.port), as: one.name)
    }
    let wanted = diff.configuration.listeners
    var bound: [String: Listener] = [:]
    for listener in wanted { bound[listener.name] = diff.kept(as: listener) }
    var neighbours = diff.neighbours + context.draining
    let keptAdmin = Self.keptAdmin(for: diff, in: context)
    if let neighbour = context.admin?.neighbour(whileKept: keptAdmin != nil) { neighbours.append(neighbour) }
    // A wildcard meets every other process on its port, so it is bound before what shares the port with it.
    let inOrder = wanted.filter(\.address.isUnspecified) + wanted.filter { !$0.address.isUnspecified }
    for listener in inOrder where bound[listener.name] == nil && !diff.joins(listener) {
      bound[listener.name] = try Self.bind(listener, besides: &neighbours, for: diff, in: context)
    }
    if let keptAdmin {
      admin = keptAdmin
    } else {
      admin = try Self.newAdmin(besides: neighbours, for: diff, in: context)
      if let neighbour = admin?.neighbour(whileKept: true) { neighbours.append(neighbour) }
    }
    unserved = try Self.unserved(for: diff, in: context)
    // Last, when nothing else can fail: sockets that join a running listener's port get some of its clients at once.
    for listener in inOrder where bound[listener.name] == nil {
      bound[listener.name] = try Self.bind(listener, besides: &neighbours, for: diff, in: context)
    }
    listeners = wanted.compactMap { bound[$0.name] }
  }

  private static func bind(
    _ wanted: ListenerConfiguration, besides neighbours: inout [Neighbour], for diff: ReloadDiff,
    in context: Context
  ) throws(StartError) -> Listener {
    let listener = try ListenerBinding.listener(
      for: wanted, plan: diff.plan(for: wanted), handedOver: diff.handedOver(to: wanted),
      besides: neighbours, connections: context.connections, drawnSeed: context.drawnSeed,
      logger: context.logger)
    if wanted.port != 0 { neighbours.append(Neighbour(plan: listener.plan, sockets: listener.sockets)) }
    return listener
  }

  private static func keptAdmin(for diff: ReloadDiff, in context: Context) -> AdminServer? {
    guard let admin = context.admin, admin.configured == diff.configuration.admin?.endpoint,
      admin.passed === diff.passedAdminSocket, admin.passed != nil || admin.plan == diff.adminPlan,
      admin.isInPlace
    else { return nil }
    return admin
  }

  private static func newAdmin(
    besides neighbours: [Neighbour], for diff: ReloadDiff, in context: Context
  ) throws(StartError) -> AdminServer? {
    guard let wanted = diff.configuration.admin else { return nil }
    return try AdminServer(
      bindingTo: wanted, plan: diff.adminPlan, passed: diff.passedAdminSocket,
      restored: diff.restoredAdminSocket, besides: neighbours,
      connections: context.connections, source: context.server, logger: context.logger)
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
