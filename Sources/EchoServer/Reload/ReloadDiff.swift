import EchoCore
import Sockets

/// What happens to the listeners and their sockets when a new configuration replaces the current one.
struct ReloadDiff {
  /// The new configuration.
  let configuration: Configuration
  /// The plan of each new listener, by its name.
  private let plans: [String: SocketPlan]
  private let listeners: [Listener]
  /// The current listeners that keep their sockets and queues, by name.
  private let kept: [String: Listener]
  private let passed: ActivationSockets
  private let assignment: ActivationSockets.Assignment
  private let restoration: Restoration
  /// The sockets that the process before this one left, by the names of the listeners that get them.
  private let restored: [String: [BoundSocket]]

  /// - Parameter restoration: what the process before this one left; nothing after the start.
  init(
    from listeners: [Listener], to configuration: Configuration, passed: ActivationSockets,
    restoration: Restoration = Restoration()
  ) {
    self.configuration = configuration
    let plans = configuration.listeners.map { ($0.name, SocketPlan(for: $0, in: configuration)) }
    let planOf = Dictionary(plans) { first, _ in first }
    let assignment = passed.assigned(in: configuration)
    let wantedOf = Dictionary(configuration.listeners.map { ($0.name, $0) }) { first, _ in first }
    let kept = listeners.filter { listener in
      guard let wanted = wantedOf[listener.configuration.name],
        listener.configuration.changes(to: wanted) != nil
      else { return false }
      let current = listener.sockets.filter(passed.contains)
      return current.elementsEqual(assignment.sockets(of: wanted), by: ===)
        && (current.count == listener.sockets.count || listener.plan == planOf[wanted.name])
    }
    self.kept = Dictionary(kept.map { ($0.configuration.name, $0) }) { first, _ in first }
    self.plans = planOf
    self.listeners = listeners
    self.passed = passed
    self.assignment = assignment
    self.restoration = restoration
    self.restored = restoration.sockets(for: plans)
  }

  /// The plan of the admin socket; `nil` if there is none, or a Unix socket.
  var adminPlan: SocketPlan? {
    configuration.admin.flatMap { SocketPlan(for: $0.endpoint, in: configuration) }
  }

  var passedAdminSocket: SharedSocket<ListeningSocket>? { assignment.admin }

  /// The admin socket of the process before this one.
  var restoredAdminSocket: SharedSocket<ListeningSocket>? {
    guard let adminPlan, case .tcp(let socket) = restoration.adminSocket(for: adminPlan) else { return nil }
    return socket
  }

  var unservedSockets: [(socket: BoundSocket, facts: UnservedSocket)] { assignment.unserved }

  func plan(for wanted: ListenerConfiguration) -> SocketPlan {
    guard let plan = plans[wanted.name] else { preconditionFailure("not in the new configuration") }
    return plan
  }

  /// Two listeners on one interface that the file calls by different names, which the check of the file cannot know.
  var twins: (ListenerConfiguration, ListenerConfiguration)? {
    for (index, one) in configuration.listeners.enumerated() {
      let other = configuration.listeners[(index + 1)...].first {
        plan(for: $0).isSamePlace(as: plan(for: one))
      }
      if let other { return (one, other) }
    }
    return nil
  }

  /// The passed sockets on the port that could not be bound because it is in use, if they have a listener.
  func servedSockets(inTheWayOf error: StartError) -> [ActivationSocket] {
    let wanted: (transport: Transport, port: UInt16)
    switch error {
    case .listener(_, .internet(let transport, _, let port, _), .addressInUse): wanted = (transport, port)
    case .admin(.tcp(_, let port), .addressInUse): wanted = (.tcp, port)
    default: return []
    }
    return assignment.served.filter { socket in
      guard case .internet(let transport, _, let port, _) = socket.address else { return false }
      return transport == wanted.transport && port == wanted.port
    }
  }

  /// The current listener that keeps its sockets and queues as the wanted one.
  func kept(as wanted: ListenerConfiguration) -> Listener? { kept[wanted.name] }

  /// The listeners that are not kept.
  var leaving: [Listener] { listeners.filter { !isKept($0) } }

  /// The existing sockets for a listener: those passed for it, or those of the listener that it replaces, which may have
  /// been one of the process before this one. Passed sockets are never inherited, so that reloading a file has the same
  /// result as starting with it.
  func handedOver(to wanted: ListenerConfiguration) -> [BoundSocket] {
    let own = assignment.sockets(of: wanted)
    let plan = plan(for: wanted)
    let predecessor = listeners.first { $0.hasSameSockets(as: wanted.name, plan) }
    guard own.isEmpty else { return own }
    guard let predecessor else { return restored[wanted.name] ?? [] }
    return predecessor.sockets.contains(where: passed.contains) ? [] : predecessor.sockets
  }

  /// Our sockets, whose ports new ones may have to share: those that will be closed, and those on another address of
  /// the port. What stays on a port that the kernel chose is left out, because the configuration does not know that
  /// port and can have the same address on it. So are passed sockets: how they are bound is up to their unit.
  var neighbours: [Neighbour] {
    listeners.filter { $0.plan.endpoint.port != 0 || isClosed($0) }.map { listener in
      Neighbour(
        plan: listener.plan.onPort(listener.endpoint.port),
        sockets: listener.sockets.filter { !passed.contains($0) })
    } + restoredNeighbours
  }

  private var restoredNeighbours: [Neighbour] {
    let chosen = configuration.listeners.filter { $0.port == 0 }.flatMap { restored[$0.name] ?? [] }
    return restoration.sockets.filter { socket in !chosen.contains { $0 === socket.socket } }
      .map { Neighbour(plan: $0.plan, sockets: [$0.socket]) }
  }

  /// Whether a new listener's sockets take some of a current one's clients as soon as they are bound.
  func joins(_ wanted: ListenerConfiguration) -> Bool {
    let plan = plan(for: wanted)
    return !handedOver(to: wanted).isEmpty
      || listeners.contains { old in
        old.plan.transport == plan.transport && old.endpoints.contains { $0.port == plan.endpoint.port }
      }
  }

  /// What happens to a leaving listener's socket when others start at the same time.
  func fate(of socket: BoundSocket, besides starting: [Listener]) -> SocketFate {
    if starting.contains(where: { $0.sockets.contains { $0 === socket } }) { return .handedOver }
    guard passed.contains(socket) else { return .closed }
    return unservedSockets.contains { $0.socket === socket } ? .unserved : .handedOver
  }

  /// Whether a listener's queues go on: no key changes that needs new queues, it gets the same passed sockets, and its
  /// other sockets are bound in the same way.
  private func isKept(_ listener: Listener) -> Bool { kept[listener.configuration.name] != nil }

  /// Whether a listener leaves and no other takes its sockets over.
  private func isClosed(_ listener: Listener) -> Bool {
    !isKept(listener)
      && !configuration.listeners.contains { listener.hasSameSockets(as: $0.name, plan(for: $0)) }
  }
}
