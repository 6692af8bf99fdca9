import Dispatch
import Synchronization

/// Asks every queue to serve what has arrived and to answer.
///
/// It makes the statistics exact (what reached the machine before is served and counted), and it tells whether a queue
/// hangs. The queues are never waited for longer than ``patienceMilliseconds``, and they wait for nobody.
enum RollCall {
  /// How long the queues have for their answer.
  static let patienceMilliseconds: Int64 = 500

  /// How many calls a queue may leave unanswered before it is not called any more: a bound on what piles up.
  static let unansweredCalls = 16

  /// Where the answers come in. A queue of its own has a thread even when all shared ones are busy.
  private static let executor = QueueExecutor(label: "echod.roll-call")

  /// A queue, and what it does for its answer.
  struct Call {
    let executor: QueueExecutor
    let work: @Sendable () -> Void

    init(executor: QueueExecutor, work: @escaping @Sendable () -> Void) {
      self.executor = executor
      self.work = work
    }

    /// A listener's queue serves what has arrived.
    init(_ queue: any ListenerQueue) {
      self.init(executor: queue.executor) { queue.assumeIsolated { $0.serveWaiting() } }
    }
  }

  /// Whether every queue answered in time.
  static func hold(_ calls: [Call]) async -> Bool {
    await withCheckedContinuation { continuation in
      let verdict = Verdict(continuation)
      let group = DispatchGroup()
      for call in calls {
        guard call.executor.unansweredCalls.add(1, ordering: .relaxed).newValue <= unansweredCalls else {
          call.executor.unansweredCalls.subtract(1, ordering: .relaxed)
          executor.perform { verdict.assumeIsolated { $0.give(false) } }
          continue
        }
        group.enter()
        call.executor.perform {
          call.executor.unansweredCalls.subtract(1, ordering: .relaxed)
          call.work()
          group.leave()
        }
      }
      group.notify(queue: executor.queue) { verdict.assumeIsolated { $0.give(true) } }
      executor.perform(afterMilliseconds: patienceMilliseconds) { verdict.assumeIsolated { $0.give(false) } }
    }
  }

  /// Resumes a continuation with the first of several answers.
  private actor Verdict {
    nonisolated var unownedExecutor: UnownedSerialExecutor { RollCall.executor.asUnownedSerialExecutor() }

    private var continuation: CheckedContinuation<Bool, Never>?

    init(_ continuation: CheckedContinuation<Bool, Never>) {
      self.continuation = continuation
    }

    func give(_ answer: Bool) {
      continuation?.resume(returning: answer)
      continuation = nil
    }
  }
}
