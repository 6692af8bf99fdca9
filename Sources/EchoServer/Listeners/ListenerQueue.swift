import EchoCore

/// One queue of a listener: a socket, what belongs to it, and the actor that alone touches them.
///
/// A kind of listener is a type that conforms; ``ListenerBinding`` makes it.
protocol ListenerQueue: Actor {
  /// Where the actor runs.
  nonisolated var executor: QueueExecutor { get }
  /// What it counts.
  nonisolated var counters: Counters { get }

  /// Begins to serve. A queue that never began leaves no trace: its socket may be served elsewhere.
  func start()

  /// Replaces the ports that are ours for the loop guard.
  func guardLoops(with loopGuard: LoopGuard)

  /// Serves everything that has arrived at this moment, so that the counters tell of it.
  func serveWaiting()

  /// Stops the intake. What waits is served first, unless the socket is handed over.
  func endIntake(leavingSocket fate: SocketFate)

  /// Brings the deadline of a drain forward.
  func shortenDrain(to deadline: Int64)

  /// Answers what was received, and ends; at the deadline (see ``SystemClock/monotonicMilliseconds()``) it ends whatever is
  /// left. Comes after ``endIntake(leavingSocket:)``.
  func drain(until deadline: Int64) async
}
