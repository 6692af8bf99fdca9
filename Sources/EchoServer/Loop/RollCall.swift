import Dispatch
import Synchronization

/// Asks every queue to serve everything that has arrived and to answer.
///
/// This makes the statistics exact, because everything that had arrived is counted, and detects a queue that hangs.
enum RollCall {
  /// How long to wait for the answers.
  static let timeoutMilliseconds: Int64 = 500
  /// A queue with that many unanswered calls gets no more, so that they do not pile up.
  static let maxUnansweredCalls = 16

  /// Collects the answers, on its own queue, which has a thread even when all shared ones are busy.
  private static let executor = QueueExecutor(label: "echod.roll-call")

  /// A queue, and its work before it answers.
  struct Call {
    let executor: QueueExecutor
    let work: @Sendable () -> Void

    init(executor: QueueExecutor, work: @escaping @Sendable () -> Void) {
      self.executor = executor
      self.work = work
    }

    /// Makes a listener's queue serve everything that has arrived.
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
        guard call.executor.unansweredCalls.add(1, ordering: .relaxed).newValue <= maxUnansweredCalls else {
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
      executor.perform(afterMilliseconds: timeoutMilliseconds) { verdict.assumeIsolated { $0.give(false) } }
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
