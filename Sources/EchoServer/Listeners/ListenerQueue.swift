import EchoCore

/// One queue of a listener: an actor that owns a socket and all state of its clients. ``ListenerBinding`` makes it.
protocol ListenerQueue: Actor {
  nonisolated var executor: QueueExecutor { get }
  nonisolated var counters: Counters { get }

  /// Begins to serve. A queue that is never started leaves its socket untouched: another queue may serve it.
  ///
  /// - Parameter isTakingIn: whether it takes from the socket.
  func start(isTakingIn: Bool)

  /// Applies a changed policy, also to the current clients.
  func change(to policy: ListenerPolicy)

  /// Replaces the loop guard, which knows our own ports.
  func guardLoops(with loopGuard: LoopGuard)

  /// Serves everything that has arrived, so that it is counted.
  func serveWaiting()

  /// The busiest of its current clients, at most ``BusiestClients/limit``.
  func busiestClients() -> [ClientActivity]

  /// Stops taking from the socket. Anything still queued there is served first, unless the socket is handed over.
  func endIntake(leavingSocket fate: SocketFate)

  /// Makes a drain's deadline earlier.
  func shortenDrain(to deadline: Int64)

  /// Answers everything that was received, and ends; at the deadline (``SystemClock/monotonicMilliseconds()``) it ends
  /// regardless. Follows ``endIntake(leavingSocket:)``.
  func drain(until deadline: Int64) async

  /// Sends the replies that have to wait, until the deadline at the latest; ``handOver(to:)`` follows. A queue that
  /// owes nothing goes on serving.
  func settle(until deadline: Int64) async

  /// Stops serving, and hands the connections over to the next process. Anything that waits in the kernel stays there.
  func handOver(to handOver: HandOver) -> QueueState

  /// Serves the connections again, because they cannot be handed over.
  func resumeAfterHandOver()

  /// Releases its sockets, which the next process gets.
  func endAfterHandOver()

  /// Takes over what the queue of this socket knew in the process before this one. Call it before ``start()``.
  func restore(_ state: SocketState)
}

extension ListenerQueue {
  /// Begins to serve, and to take from the socket.
  func start() { start(isTakingIn: true) }
}

/// What a queue leaves to the next process.
struct QueueState: Sendable {
  var socket: SocketState
  var connections: [ConnectionState] = []

  init(_ socket: SocketState) { self.socket = socket }
}
