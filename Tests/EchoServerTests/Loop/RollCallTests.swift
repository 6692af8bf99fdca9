import Dispatch
import Synchronization
import Testing
import TestSupport

@testable import EchoServer

@Suite("A roll call")
struct RollCallTests {
  @Test("has every queue do its work before it says that all answered")
  func everyQueue() async {
    let done = Tally()
    let calls = (0..<5).map { number in
      RollCall.Call(executor: QueueExecutor(label: "\(number)")) { done.count.add(1, ordering: .relaxed) }
    }
    #expect(await RollCall.hold(calls) == Array(repeating: true, count: 5))
    #expect(done.count.load(ordering: .relaxed) == 5)
    #expect(await RollCall.hold([]).isEmpty)
  }

  @Test("tells a queue that hangs from those that work, and does not pile up calls on it")
  func hangingQueue() async {
    let (well, hanging) = (QueueExecutor(label: "well"), QueueExecutor(label: "hanging"))
    let gate = DispatchSemaphore(value: 0)
    hanging.perform { gate.wait() }
    let (served, answered) = (Tally(), Tally())
    let rounds = 3 * RollCall.maxUnansweredCalls
    let calls = [
      RollCall.Call(executor: well) { served.count.add(1, ordering: .relaxed) },
      RollCall.Call(executor: hanging) { answered.count.add(1, ordering: .relaxed) },
    ]
    // One after the other, because the healthy queue has the same limit on unanswered calls.
    for _ in 0..<rounds { #expect(await RollCall.hold(calls) == [true, false]) }
    #expect(served.count.load(ordering: .relaxed) == rounds)
    gate.signal()
    #expect(await eventually { await RollCall.hold(calls) == [true, true] })
    // Those that were let onto the queue, and the last ones.
    #expect(answered.count.load(ordering: .relaxed) < 2 * RollCall.maxUnansweredCalls)
  }

  private final class Tally: Sendable {
    let count = Atomic(0)
  }
}
