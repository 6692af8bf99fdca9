import EchoCore
import Sockets

/// What happens to the listeners and their sockets when a new configuration replaces the current one.
struct ReloadDiff {
  /// The new configuration.
  let configuration: Configuration
  private let listeners: [Listener]
  private let passed: ActivationSockets
  private let assignment: ActivationSockets.Assignment

  init(from listeners: [Listener], to configuration: Configuration, passed: ActivationSockets) {
    self.configuration = configuration
    self.listeners = listeners
    self.passed = passed
    self.assignment = passed.assigned(in: configuration)
  }

  var passedAdminSocket: SharedSocket<ListeningSocket>? { assignment.admin }

  var unservedSockets: [(socket: BoundSocket, facts: UnservedSocket)] { assignment.unserved }

  /// The current listener, if it is kept for the wanted one.
  func kept(as wanted: ListenerConfiguration) -> Listener? {
    listeners.first { $0.configuration == wanted && isKept($0) }
  }

  /// The listeners that are not kept.
  var leaving: [Listener] { listeners.filter { !isKept($0) } }

  /// The existing sockets for a listener: those passed for it, or those of the listener that it replaces. Passed
  /// sockets are never inherited, so that reloading a file has the same result as starting with it.
  func handedOver(to wanted: ListenerConfiguration) -> [BoundSocket] {
    let own = assignment.sockets(of: wanted)
    guard own.isEmpty, let predecessor = listeners.first(where: { $0.hasSameSockets(as: wanted) }) else {
      return own
    }
    return predecessor.sockets.contains(where: passed.contains) ? [] : predecessor.sockets
  }

  /// The sockets that will be closed, whose ports new ones may have to share until then. Passed ones stay open.
  var closingSockets: [BoundSocket] {
    let closing = leaving.filter { old in !configuration.listeners.contains(where: old.hasSameSockets) }
    return closing.flatMap(\.sockets).filter { !passed.contains($0) }
  }

  /// What happens to a leaving listener's socket when others start at the same time.
  func fate(of socket: BoundSocket, besides starting: [Listener]) -> SocketFate {
    if starting.contains(where: { $0.sockets.contains { $0 === socket } }) { return .handedOver }
    guard passed.contains(socket) else { return .closed }
    return unservedSockets.contains { $0.socket === socket } ? .unserved : .handedOver
  }

  /// Whether a listener is kept: neither its configuration nor its passed sockets change.
  private func isKept(_ listener: Listener) -> Bool {
    let current = listener.sockets.filter(passed.contains)
    let wanted = assignment.sockets(of: listener.configuration)
    return configuration.listeners.contains(listener.configuration) && current.elementsEqual(wanted, by: ===)
  }
}
