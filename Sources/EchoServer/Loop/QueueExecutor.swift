import Dispatch
import Sockets
import Synchronization
import SystemPackage

/// Runs an actor on a serial Dispatch queue, so that the compiler protects the queue's state.
///
/// New work wakes the queue, which may be waiting in its ``EventLoop``. An actor without a loop needs no wake-up.
final class QueueExecutor: SerialExecutor {
  let queue: DispatchQueue
  let wakeUp: WakeUp?
  /// How many calls of a ``RollCall`` this queue has not answered.
  let unansweredCalls = Atomic<Int>(0)
  /// Whether this queue has missed the end of a roll call, and has not answered since.
  let isLate = Atomic<Bool>(false)

  init(label: String, wakeUp: WakeUp? = nil) {
    self.queue = DispatchQueue(label: label)
    self.wakeUp = wakeUp
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    perform { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  /// Runs a block on the queue.
  func perform(_ work: @escaping @Sendable () -> Void) {
    queue.async(execute: work)
    wakeUp?.signal()
  }

  /// Runs a block on the queue after the delay. Not for a queue with a loop, which would run it up to
  /// ``EventLoop/stintMilliseconds`` late; such a queue has timers.
  func perform(afterMilliseconds delay: Int64, _ work: @escaping @Sendable () -> Void) {
    queue.asyncAfter(deadline: .now() + .milliseconds(Int(max(0, delay))), execute: work)
  }

  func checkIsolated() {
    dispatchPrecondition(condition: .onQueue(queue))
  }
}
