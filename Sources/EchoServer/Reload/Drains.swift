import EchoCore

/// The queues that drain, and the sockets of those that have just ended.
struct Drains {
  /// How many sockets are remembered after the end of their queues: those of the largest configuration.
  static let closingLimit = Limits.totalQueues

  private struct Drain {
    let queue: any ListenerQueue
    let task: Task<Void, Never>
    /// `nil` if another queue or the service manager has the socket.
    let socket: EndingSocket?
  }

  private var drains: [ObjectIdentifier: Drain] = [:]
  /// They are closed as soon as Dispatch has released their queues; most are closed already.
  private var closing: [EndingSocket] = []

  /// How many queues drain.
  var count: Int { drains.count }

  /// The queues that drain.
  var queues: [any ListenerQueue] { drains.values.map(\.queue) }

  /// Each ends when its queue has ended.
  var tasks: [Task<Void, Never>] { drains.values.map(\.task) }

  /// Our sockets that occupy their ports until their queues have sent everything and are released.
  var neighbours: [Neighbour] {
    (drains.values.compactMap(\.socket) + closing).map(\.neighbour)
  }

  /// - Parameter socket: the queue's socket; `nil` if another queue or the service manager has it.
  mutating func begin(_ queue: any ListenerQueue, _ task: Task<Void, Never>, socket: EndingSocket?) {
    drains[ObjectIdentifier(queue)] = Drain(queue: queue, task: task, socket: socket)
  }

  mutating func end(_ queue: any ListenerQueue) {
    guard let socket = drains.removeValue(forKey: ObjectIdentifier(queue))?.socket else { return }
    closing = (closing + [socket]).suffix(Self.closingLimit)
  }
}
