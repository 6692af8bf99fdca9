import Glibc
import Sockets
import Testing
import TestSupport

@testable import EchoServer

@Suite("A queue's loop")
struct EventLoopTests {
  /// An actor that owns a loop and notes what its timers do.
  private actor Owner {
    nonisolated let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    let loop: EventLoop
    private let timers = [OneShot(), OneShot()]
    private(set) var calls: [String] = []

    init() throws {
      loop = try EventLoop(label: "test")
      executor = loop.executor
    }

    func start() {
      loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint { _ in } } }
    }

    func schedule(_ timer: Int, after delay: Int64, _ call: String) {
      loop.schedule(timers[timer], afterMilliseconds: delay) { self.calls.append(call) }
    }

    /// Schedules several calls before any of them can be due.
    func schedule(_ calls: [(timer: Int, delay: Int64, name: String)]) {
      for call in calls { schedule(call.timer, after: call.delay, call.name) }
    }

    /// Schedules several calls, and keeps the loop from them until all are due.
    func scheduleTogether(_ calls: [(timer: Int, delay: Int64, name: String)]) {
      schedule(calls)
      usleep(UInt32(calls.map(\.delay).max() ?? 0) * 1000)
    }

    func isScheduled(_ timer: Int) -> Bool { timers[timer].isScheduled }

    func stop() { loop.stop() }
  }

  @Test("calls what is scheduled, in the order of its times, and once")
  func order() async throws {
    let owner = try Owner()
    await owner.start()
    await owner.scheduleTogether([(0, 20, "second"), (1, 10, "first")])
    #expect(await eventually { await owner.calls.count == 2 })
    #expect(await owner.calls == ["first", "second"])
    #expect(await owner.isScheduled(0) == false)
    await owner.schedule(0, after: 0, "third")
    #expect(await eventually { await owner.calls.last == "third" })
    #expect(await owner.calls.count == 3)
    await owner.stop()
  }

  @Test("has a timer that is scheduled again called once, at the earlier of both times")
  func again() async throws {
    let owner = try Owner()
    await owner.start()
    await owner.schedule([(0, 3_600_000, "only"), (0, 20, "b"), (0, 10, "c"), (0, 3_600_000, "d")])
    #expect(await eventually { await owner.calls == ["only"] })
    await owner.schedule(1, after: 60, "last")
    #expect(await eventually { await owner.calls == ["only", "last"] })
    await owner.stop()
  }

  @Test("calls nothing after it was stopped, and releases its owner")
  func stopped() async throws {
    weak var gone: Owner?
    do {
      let owner = try Owner()
      gone = owner
      await owner.start()
      await owner.schedule(0, after: 3_600_000, "never")
      await owner.stop()
      await owner.schedule(1, after: 0, "too late")
      #expect(await owner.isScheduled(0) == false)
      #expect(await owner.isScheduled(1) == false)
    }
    #expect(await eventually { gone == nil })
  }
}

@Suite("A queue of elements that wait for their time")
struct DelayQueueTests {
  @Test("gives out what is due, in the order of its times, and nothing before")
  func order() {
    var queue = DelayQueue<Int64>()
    let times: [Int64] = (0..<500).map { ($0 * 7919) % 499 }
    for time in times { queue.insert(time, due: time) }
    #expect(queue.nextDue == 0 && queue.count == 500)
    #expect(queue.takeDue(at: -1) == nil)
    var taken: [Int64] = []
    while let time = queue.takeDue(at: 250) { taken.append(time) }
    #expect(taken == times.filter { $0 <= 250 }.sorted())
    #expect(queue.nextDue == 251)
    while let time = queue.takeDue(at: .max) { taken.append(time) }
    #expect(taken == times.sorted() && queue.nextDue == nil && queue.count == 0)
  }

  @Test("keeps the order of those that are due at the same time")
  func ties() {
    var queue = DelayQueue<Int>()
    for number in 0..<100 { queue.insert(number, due: Int64(number / 50)) }
    var taken: [Int] = []
    while let number = queue.takeDue(at: 1) { taken.append(number) }
    #expect(taken == Array(0..<100))
  }
}
