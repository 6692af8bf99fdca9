import Dispatch
import Synchronization

/// Asks queues to do something and then to answer. Serving everything that has arrived makes the statistics exact;
/// doing nothing detects a queue that hangs.
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

    /// Calls the queue, unless too many calls are unanswered. Returns whether it did.
    fileprivate func make(answer: @escaping @Sendable () -> Void) -> Bool {
      guard executor.unansweredCalls.add(1, ordering: .relaxed).newValue <= maxUnansweredCalls else {
        executor.unansweredCalls.subtract(1, ordering: .relaxed)
        return false
      }
      executor.perform {
        executor.unansweredCalls.subtract(1, ordering: .relaxed)
        work()
        answer()
      }
      return true
    }
  }

  /// Whether each of the calls was answered in time, in their order.
  static func hold(_ calls: [Call]) async -> [Bool] {
    await withCheckedContinuation { continuation in
      let answers = Answers(to: calls.count, continuation)
      executor.perform {
        var missing = 0
        for (index, call) in calls.enumerated() {
          let isMade = call.make {
            executor.perform { answers.assumeIsolated { $0.record(index) } }
          }
          if isMade { missing += 1 }
        }
        answers.assumeIsolated { $0.expect(missing) }
      }
      executor.perform(afterMilliseconds: timeoutMilliseconds) { answers.assumeIsolated { $0.end() } }
    }
  }

  /// The answers so far. Resumes a continuation when the last one arrives, or when the time is up.
  private actor Answers {
    nonisolated var unownedExecutor: UnownedSerialExecutor { RollCall.executor.asUnownedSerialExecutor() }

    private var answered: [Bool]
    private var missing = 0
    private var continuation: CheckedContinuation<[Bool], Never>?

    init(to count: Int, _ continuation: CheckedContinuation<[Bool], Never>) {
      self.answered = Array(repeating: false, count: count)
      self.continuation = continuation
    }

    /// Sets how many answers are to come. The first one comes after this, on the same queue.
    func expect(_ count: Int) {
      missing = count
      if count == 0 { end() }
    }

    func record(_ index: Int) {
      answered[index] = true
      missing -= 1
      if missing == 0 { end() }
    }

    func end() {
      continuation?.resume(returning: answered)
      continuation = nil
    }
  }
}
