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
  func sync<Result>(_ body: () throws -> Result) rethrows -> Result { try queue.sync(execute: body) }

  /// What runs the body there whenever a descriptor is readable, once it is resumed.
  func whenReadable(_ number: Int32, _ body: @escaping @Sendable () -> Void) -> any DispatchSourceRead {
    let source = DispatchSource.makeReadSource(fileDescriptor: number, queue: queue)
    source.setEventHandler(handler: body)
    return source
  }

  /// Runs the body where the actor's code runs, after what was handed over before.
  func async(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }
}
