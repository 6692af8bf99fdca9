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

  /// The passed sockets that are a listener's, more than it has queues perhaps.
  func passedSockets(of wanted: ListenerConfiguration) -> [BoundSocket] { assignment.sockets(of: wanted) }

  /// The passed sockets that are the admin server's, of which it uses the first.
  var passedAdminSockets: [SharedSocket<ListeningSocket>] { assignment.admin }

  /// The passed sockets that nobody uses: each one's name, and where it is bound.
  var unusedSockets: [String] { assignment.unused }

  /// The listener that goes on as the one that is wanted.
  func kept(as wanted: ListenerConfiguration) -> Listener? {
    listeners.first { $0.configuration == wanted && isKept($0) }
  }

  /// The listeners that do not go on.
  var leaving: [Listener] { listeners.filter { !isKept($0) } }

  /// The sockets that there are for a listener already: those that were passed, or those of the one that it takes the
  /// place of. Passed ones are inherited from nobody, so that a reload comes to what a start would come to.
  func handedOver(to wanted: ListenerConfiguration) -> [BoundSocket] {
    let own = passedSockets(of: wanted)
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

  /// Whether a listener goes on as it is: its configuration did not change, nor whose the passed sockets are.
  private func isKept(_ listener: Listener) -> Bool {
    let current = listener.sockets.filter(passed.contains)
    let wanted = passedSockets(of: listener.configuration).prefix(listener.configuration.queues)
    return configuration.listeners.contains(listener.configuration) && current.elementsEqual(wanted, by: ===)
  }
}
