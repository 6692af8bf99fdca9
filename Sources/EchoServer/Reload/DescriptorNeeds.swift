import EchoCore

/// What a configuration needs of the process's descriptors, and what is left for connections.
struct DescriptorNeeds {
  /// Descriptors that the process needs besides those of its queues: Dispatch's, those of the signals, the service
  /// manager and the journal, and files that are open for a moment.
  static let ownDescriptors = 10
  /// A queue's socket, readiness set and wake-up. The queue of the unserved sockets needs three too: its set, its
  /// wake-up, and the connection that it is closing.
  static let descriptorsPerQueue = 3

  /// Without connections and clients of the admin socket.
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

  /// The least limit with which everything answers: each TCP listener has a connection, and the admin socket a client.
  var leastLimit: Int {
    // An admin client needs a reserved descriptor, which is one in four at least.
    var free = hasAdmin ? 4 : 0
    while free < tcpListeners || connectionLimit(of: ownCount + free) < tcpListeners { free += 1 }
    return ownCount + free
  }

  /// How many connections there may be in a process that may open that many descriptors.
  func connectionLimit(of descriptorLimit: Int) -> Int {
    ConnectionBudget.limit(descriptorLimit: descriptorLimit, own: ownCount)
  }
}
