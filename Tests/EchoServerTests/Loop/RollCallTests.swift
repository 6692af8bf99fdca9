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
    #expect(await RollCall.hold(calls))
    #expect(done.count.load(ordering: .relaxed) == 5)
    #expect(await RollCall.hold([]))
  }

  @Test("does not vouch for a queue that hangs, and does not pile calls up on it")
  func hangingQueue() async {
    let (well, hanging) = (QueueExecutor(label: "well"), QueueExecutor(label: "hanging"))
    let gate = DispatchSemaphore(value: 0)
    hanging.perform { gate.wait() }
    let answered = Tally()
    let calls = [
      RollCall.Call(executor: well) {},
      RollCall.Call(executor: hanging) { answered.count.add(1, ordering: .relaxed) },
    ]
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<3 * RollCall.maxUnansweredCalls { group.addTask { await RollCall.hold(calls) } }
      for await verdict in group { #expect(!verdict) }
    }
    gate.signal()
    #expect(await eventually { await RollCall.hold(calls) })
    // Those that were let onto the queue, and the last ones.
    #expect(answered.count.load(ordering: .relaxed) < 2 * RollCall.maxUnansweredCalls)
  }

  private final class Tally: Sendable {
    let count = Atomic(0)
  }
}
