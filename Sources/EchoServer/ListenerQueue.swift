import EchoCore

/// What becomes of a socket when the queue that serves it stops its intake.
enum SocketFate: Sendable {
  /// It is closed: what waits there is served first.
  case closed
  /// Another queue, or the service manager, goes on with it, and what waits there is left to it.
  case handedOver
  /// It stays open, but nobody serves it from now on: what waits there is served first.
  case unserved
}

/// One queue of a listener: a socket, what belongs to it, and the actor that alone touches them.
///
/// A kind of listener is a type that conforms; ``ListenerBinding`` makes it.
protocol ListenerQueue: Actor {
  /// Where the actor runs.
  nonisolated var executor: QueueExecutor { get }
  /// What it counts.
  nonisolated var counters: Counters { get }

  /// Begins to serve. A queue that never began is let go without a trace: its socket may serve on elsewhere.
  func start()

  /// Replaces the ports that are ours for the loop guard.
  func guardLoops(with loopGuard: LoopGuard)

  /// Serves everything that has arrived at this moment, so that the counters tell of it.
  func settle()

  /// Stops the intake. What waits is served first, unless the socket is handed over.
  func endIntake(leavingSocket fate: SocketFate)

  /// Moves the deadline of a drain that has begun forward.
  func hasten(to deadline: Int64)

  /// Answers what was received, and ends; at the deadline (see ``Host/monotonicMilliseconds()``) it ends whatever
  /// is left. Comes after ``endIntake(leavingSocket:)``.
  func drain(until deadline: Int64) async
}
