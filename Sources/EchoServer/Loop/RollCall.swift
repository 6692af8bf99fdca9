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

    /// Calls the queue, unless too many calls are unanswered. Returns whether the answer is worth waiting for: a queue
    /// that has missed the end of a roll call has to answer first.
    fileprivate func make(answer: @escaping @Sendable () -> Void) -> Bool {
      let isLate = executor.isLate.load(ordering: .relaxed)
      guard executor.unansweredCalls.add(1, ordering: .relaxed).newValue <= maxUnansweredCalls else {
        executor.unansweredCalls.subtract(1, ordering: .relaxed)
        return false
      }
      executor.perform {
        executor.unansweredCalls.subtract(1, ordering: .relaxed)
        executor.isLate.store(false, ordering: .relaxed)
        work()
        answer()
      }
      return !isLate
    }

    /// Notes that the queue has not answered in time, unless it has just begun to.
    fileprivate func miss() {
      let isLate = executor.unansweredCalls.load(ordering: .relaxed) > 0
      executor.isLate.store(isLate, ordering: .relaxed)
    }
  }

  /// Whether every queue answers. An answer is enough: a busy queue is healthy.
  static func areAnswering(_ executors: [QueueExecutor]) async -> Bool {
    await hold(executors.map { Call(executor: $0) {} }).allSatisfy(\.self)
  }

  /// Whether each of the calls was answered in time, in their order. A queue that hangs is waited for only once.
  static func hold(_ calls: [Call]) async -> [Bool] {
    await withCheckedContinuation { continuation in
      let answers = Answers(to: calls, continuation)
      executor.perform { answers.assumeIsolated { $0.begin() } }
      executor.perform(afterMilliseconds: timeoutMilliseconds) { answers.assumeIsolated { $0.end() } }
    }
  }

  /// The answers so far. Resumes a continuation when the last one arrives, or when the time is up.
  private actor Answers {
    nonisolated var unownedExecutor: UnownedSerialExecutor { RollCall.executor.asUnownedSerialExecutor() }

    private let calls: [Call]
    private var answered: [Bool]
    /// The calls whose answers are waited for.
    private var missing: Set<Int> = []
    private var continuation: CheckedContinuation<[Bool], Never>?

    init(to calls: [Call], _ continuation: CheckedContinuation<[Bool], Never>) {
      self.calls = calls
      self.answered = Array(repeating: false, count: calls.count)
      self.continuation = continuation
    }

    /// Makes the calls. The first answer comes after this, on the same queue.
    func begin() {
      for (index, call) in calls.enumerated() {
        let isAwaited = call.make {
          RollCall.executor.perform { self.assumeIsolated { $0.record(index) } }
        }
        if isAwaited { missing.insert(index) }
      }
      if missing.isEmpty { end() }
    }

    private func record(_ index: Int) {
      answered[index] = true
      if missing.remove(index) != nil, missing.isEmpty { end() }
    }

    func end() {
      guard let continuation else { return }
      self.continuation = nil
      for index in missing { calls[index].miss() }
      continuation.resume(returning: answered)
    }
  }
}
