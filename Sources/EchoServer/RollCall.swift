import Dispatch
import Synchronization

/// Asks every queue to serve what has arrived and to answer.
///
/// It makes the figures exact (what reached the machine before is served and counted), and it tells whether a queue
/// hangs. The queues are never waited for longer than ``patienceMilliseconds``, and they wait for nobody.
enum RollCall {
  /// How long the queues have for their answer.
  static let patienceMilliseconds = 500

  /// Whether every queue answered in time.
  static func settle(_ queues: [any ListenerQueue]) async -> Bool {
    await withCheckedContinuation { continuation in
      let verdict = FirstAnswer(continuation)
      let group = DispatchGroup()
      for queue in queues {
        group.enter()
        queue.executor.perform {
          queue.assumeIsolated { $0.settle() }
          group.leave()
        }
      }
      group.notify(queue: .global()) { verdict.give(true) }
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(patienceMilliseconds)) {
        verdict.give(false)
      }
    }
  }

  /// Resumes a continuation with the first of several answers.
  private final class FirstAnswer: Sendable {
    private let continuation: Mutex<CheckedContinuation<Bool, Never>?>

    init(_ continuation: CheckedContinuation<Bool, Never>) {
      self.continuation = Mutex(continuation)
    }

    func give(_ answer: Bool) {
      continuation.withLock { $0.take() }?.resume(returning: answer)
    }
  }
}
