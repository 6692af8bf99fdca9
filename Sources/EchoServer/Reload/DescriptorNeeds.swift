import EchoCore

/// How many descriptors a configuration needs, and how many are left for connections.
struct DescriptorNeeds {
  /// Descriptors that the process needs besides those of its queues: for Dispatch, the signals, the service manager,
  /// the journal, and files that are open for a moment.
  static let ownDescriptors = 10
  /// A queue's socket, readiness set, wake-up and alarm. The queue of the unserved sockets needs four too: its set, its
  /// wake-up, its alarm, and the connection that it is closing.
  static let descriptorsPerQueue = 4

  /// Descriptors of the process itself, without connections and admin clients.
  private let ownCount: Int
  private let tcpListeners: Int
  private let hasAdmin: Bool

  /// - Parameters:
  ///   - isLeavingSockets: whether there are passed sockets without a listener.
  ///   - openCount: how many descriptors are open before anything is bound.
  init(of configuration: Configuration, isLeavingSockets: Bool, besides openCount: Int) {
    hasAdmin = configuration.admin != nil
    tcpListeners = configuration.listeners.count { $0.transport == .tcp }
    let queues =
      configuration.listeners.reduce(0) { $0 + $1.queues } + (hasAdmin ? 1 : 0) + (isLeavingSockets ? 1 : 0)
    ownCount = openCount + Self.ownDescriptors + queues * Self.descriptorsPerQueue
  }

  /// The lowest limit with which everything answers: one connection for each TCP listener, and one admin client.
  var leastLimit: Int {
    // An admin client needs a reserved descriptor. A quarter of the free descriptors is reserved, so four must be free.
    var free = hasAdmin ? 4 : 0
    while free < tcpListeners || connectionLimit(of: ownCount + free) < tcpListeners { free += 1 }
    return ownCount + free
  }

  /// How many connections the process may have under a limit on descriptors.
  func connectionLimit(of descriptorLimit: Int) -> Int {
    ConnectionBudget.limit(descriptorLimit: descriptorLimit, own: ownCount)
  }
}
