import Dispatch
import Synchronization
import Testing
import TestSupport

@testable import EchoServer

@Suite("A roll call")
struct RollCallTests {
  @Test("has every queue do its work before it says that all answered")
  func everyQueue() async {
    // On a busy machine a queue can be late.
    let haveAnswered = await eventually {
      let done = Tally()
      let calls = (0..<5).map { number in
        RollCall.Call(executor: QueueExecutor(label: "\(number)")) { done.count.add(1, ordering: .relaxed) }
      }
      guard await RollCall.hold(calls) == Array(repeating: true, count: 5) else { return false }
      #expect(done.count.load(ordering: .relaxed) == 5)
      return true
    }
    #expect(haveAnswered)
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
    for _ in 0..<rounds { #expect(await eventually { await RollCall.hold(calls) == [true, false] }) }
    #expect(served.count.load(ordering: .relaxed) >= rounds)
    gate.signal()
    #expect(await eventually { await RollCall.hold(calls) == [true, true] })
    // Those that were let onto the queue, and the last ones.
    #expect(answered.count.load(ordering: .relaxed) < 2 * RollCall.maxUnansweredCalls)
  }

  @Test("waits for a queue that hangs only once")
  func lateQueue() async {
    let (late, gate) = (QueueExecutor(label: "late"), DispatchSemaphore(value: 0))
    late.perform { gate.wait() }
    #expect(await !RollCall.areAnswering([late]))
    // Beside a roll call that has to wait for its end.
    let isAhead = await eventually {
      let hanging = QueueExecutor(label: "hanging")
      hanging.perform { gate.wait() }
      let ended = Tally()
      async let last = isFirst(of: hanging, toEnd: ended)
      async let first = isFirst(of: late, toEnd: ended)
      defer { gate.signal() }
      return await (first, last) == (true, false)
    }
    #expect(isAhead)
    gate.signal()
    #expect(await eventually { await RollCall.areAnswering([late]) })
  }

  private func isFirst(of executor: QueueExecutor, toEnd ended: Tally) async -> Bool {
    _ = await RollCall.areAnswering([executor])
    return ended.count.add(1, ordering: .relaxed).oldValue == 0
  }

  private final class Tally: Sendable {
    let count = Atomic(0)
  }
}
