import Dispatch

/// Runs an actor's code on a serial queue of its own, so that threads that are no tasks can enter it too.
///
/// A lock of `Synchronization` would do as well, but the thread sanitizer sees queues and not those locks.
final class QueueOwner: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

  /// Runs the body where the actor's code runs, and waits for it.
  func sync<Result>(_ body: () -> Result) -> Result { queue.sync(execute: body) }

  /// Runs the body where the actor's code runs, after what was handed over before.
  func async(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }
}
