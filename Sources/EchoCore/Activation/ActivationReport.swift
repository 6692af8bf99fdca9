/// A text report: which listener would serve each socket under a given configuration.
public struct ActivationReport: Sendable {
  /// Who would serve each socket, and who would have to bind an address.
  public private(set) var lines: [String] = []
  /// A line for each socket that would not be served, and for each listener that has too few.
  public private(set) var problems: [String] = []

  /// Compares units with a configuration, by the rule that is used at startup: ``SocketAssignment``.
  public init(of units: SocketUnits, in configuration: Configuration) {
    var sockets: [ActivationSocket] = []
    for socket in units.sockets {
      switch socket {
      case .usable(let socket): sockets.append(socket)
      case .unusable(let text, let reason): addProblem(text, reason)
      }
    }
    let assignment = SocketAssignment(of: sockets, in: configuration)
    for listener in configuration.listeners {
      add(
        "listener \(listener.name)",
        assignment.sockets(of: .listener(name: listener.name)).map { sockets[$0] },
        wanted: listener.queues, address: "\(BoundAddress(of: listener, port: listener.port))")
    }
    if let admin = configuration.admin?.endpoint {
      add(
        "the admin socket", assignment.sockets(of: .admin).map { sockets[$0] }, wanted: 1, address: "\(admin)"
      )
    }
    for socket in assignment.unserved { addProblem("\(socket)", "\(socket.reason)") }
  }

  private mutating func add(_ owner: String, _ sockets: [ActivationSocket], wanted: Int, address: String) {
    for socket in sockets { lines.append("\(socket): \(owner)") }
    guard sockets.count < wanted else { return }
    if sockets.isEmpty {
      lines.append("\(owner): no matching socket, so echod binds \(address)")
    } else {
      problems.append(
        """
        \(owner): \(sockets.count) of \(wanted) sockets, and echod cannot bind more beside systemd's: pass \(wanted) \
        (ReusePort=yes), or set "queues" to \(sockets.count)
        """)
    }
  }

  private mutating func addProblem(_ socket: String, _ reason: String) {
    problems.append("\(socket) would not be served: \(reason)")
  }
}
