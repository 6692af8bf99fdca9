import EchoCore
import Sockets

/// What becomes of the listeners and their sockets when one configuration follows another.
struct Succession {
  /// The configuration to come.
  let configuration: Configuration
  private let listeners: [Listener]
  private let passed: ActivationSockets
  private let assignment: ActivationSockets.Assignment

  /// - Parameters:
  ///   - listeners: those that are served.
  ///   - passed: the sockets that were passed.
  init(from listeners: [Listener], to configuration: Configuration, passed: ActivationSockets) {
    self.configuration = configuration
    self.listeners = listeners
    self.passed = passed
    self.assignment = passed.assigned(in: configuration)
  }

  /// The passed socket that the admin server serves.
  var passedAdminSocket: SharedSocket<ListeningSocket>? { assignment.admin }

  /// The passed sockets that nobody serves.
  var unservedSockets: [(socket: BoundSocket, facts: UnservedSocket)] { assignment.unserved }

  /// The listener that goes on as the one that is wanted.
  func kept(as wanted: ListenerConfiguration) -> Listener? {
    listeners.first { $0.configuration == wanted && isKept($0) }
  }

  /// The listeners that do not go on.
  var leaving: [Listener] { listeners.filter { !isKept($0) } }

  /// The sockets that there are for a listener already: those that were passed, or those of the one that it takes the
  /// place of. Passed ones are inherited from nobody, so that a reload comes to what a start would come to.
  func handedOver(to wanted: ListenerConfiguration) -> [BoundSocket] {
    let own = assignment.sockets(of: wanted)
    guard own.isEmpty, let predecessor = listeners.first(where: { $0.hasSameSockets(as: wanted) }) else {
      return own
    }
    return predecessor.sockets.contains(where: passed.contains) ? [] : predecessor.sockets
  }

  /// Sockets that a new one may have to share its port with until they are gone. Passed ones never are.
  var vanishingSockets: [BoundSocket] {
    let vanishing = leaving.filter { old in !configuration.listeners.contains(where: old.hasSameSockets) }
    return vanishing.flatMap(\.sockets).filter { !passed.contains($0) }
  }

  /// What becomes of a leaving listener's socket, when others begin at the same time.
  func fate(of socket: BoundSocket, besides starting: [Listener]) -> SocketFate {
    if starting.contains(where: { $0.sockets.contains { $0 === socket } }) { return .handedOver }
    guard passed.contains(socket) else { return .closed }
    return unservedSockets.contains { $0.socket === socket } ? .unserved : .handedOver
  }

  /// Whether a listener goes on as it is: its configuration did not change, nor whose the passed sockets are.
  private func isKept(_ listener: Listener) -> Bool {
    let current = listener.sockets.filter(passed.contains)
    let wanted = assignment.sockets(of: listener.configuration)
    return configuration.listeners.contains(listener.configuration) && current.elementsEqual(wanted, by: ===)
  }
}
