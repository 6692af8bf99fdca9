import Glibc
import Sockets
import TestSupport
import Testing

@testable import EchoServer

@Suite("A queue's loop that polls busily")
struct BusyLoopTests {
  /// Longer than a stint waits for the next message, so that a look lasts until something ends it.
  private static let longMicroseconds = 10_000_000

  /// An actor with a loop, whose messages are signals.
  private actor Owner {
    nonisolated let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let loop: EventLoop
    private let messages: WakeUp
    private let timer = OneShot()
    private(set) var served = 0
    /// How late the timer was each time.
    private(set) var delays: [Int64] = []

    init(pollingMicroseconds: Int) throws {
      loop = try EventLoop(label: "test")
      executor = loop.executor
      messages = try WakeUp()
      try loop.set.add(messages.descriptor, for: .readable, token: 0)
      loop.pollBusily(forMicroseconds: pollingMicroseconds)
    }

    var turn: UInt64 { loop.turn }

    var isResting: Bool { loop.busyPoll.endOfLook(at: SystemClock.monotonicNanoseconds()) == nil }

    /// How many looks in a row have found something.
    private(set) var mostFinds = 0
    private var messagesToFollow = 0

    /// Sends messages, each of them when the one before is served.
    func send(_ count: Int) {
      messagesToFollow = count - 1
      send()
    }

    func serveWaiting() { loop.serveWaiting(serve) }

    func start() {
      loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
    }

    func poll(microseconds: Int) { loop.pollBusily(forMicroseconds: microseconds) }

    nonisolated func send() { messages.signal() }

    private func serve(_ token: UInt64) {
      messages.clear()
      served += 1
      mostFinds = max(mostFinds, loop.busyPoll.finds)
      if messagesToFollow > 0 {
        messagesToFollow -= 1
        send()
      }
      // A timer that a look must not make late.
      let due = SystemClock.monotonicMilliseconds() + 3
      guard !timer.isScheduled else { return }
      loop.schedule(timer, afterMilliseconds: 3) {
        self.delays.append(SystemClock.monotonicMilliseconds() - due)
      }
    }

    func stop() { loop.stop() }
  }

  /// Starts a loop, and stops it after the body.
  private func withOwner(
    pollingMicroseconds: Int, _ body: (Owner) async throws -> Void
  ) async throws {
    let owner = try Owner(pollingMicroseconds: pollingMicroseconds)
    await owner.start()
    try await body(owner)
    await owner.stop()
  }

  /// Occupies the test's thread, so that the loop is not woken by calls meanwhile.
  private func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

  /// How many milliseconds work that this thread submits waits for the queue. No other thread takes part in that.
  private func wait(for owner: Owner) async -> Int64 {
    let start = SystemClock.monotonicMilliseconds()
    let end = await withCheckedContinuation { continuation in
      owner.executor.perform { continuation.resume(returning: SystemClock.monotonicMilliseconds()) }
    }
    return end - start
  }

  @Test("finds messages that come in quick succession")
  func finds() async throws {
    try await withOwner(pollingMicroseconds: 1000) { owner in
      await owner.send(100)
      #expect(await eventually { await owner.served == 100 })
      // The first message woke the queue. On a busy machine the time of a look may be over before it finds the next.
      #expect(await owner.mostFinds > 0)
    }
  }

  @Test("serves its timers on time during a look")
  func timers() async throws {
    try await withOwner(pollingMicroseconds: 0) { owner in
      // Some are late because the machine is busy. If looks ignored timers, all would be.
      let isOnTime = await eventually {
        await owner.poll(microseconds: Self.longMicroseconds)
        owner.send()
        pause(milliseconds: UInt32(EventLoop.patienceMilliseconds) + 5)
        return await owner.delays.contains { $0 <= 2 }
      }
      #expect(isOnTime)
    }
  }

  @Test("runs what other threads submit at once, in the middle of a look")
  func submittedWork() async throws {
    try await withOwner(pollingMicroseconds: 0) { owner in
      // Without the wake-up it would wait until nothing had come for as long as a stint is patient.
      let isPrompt = await eventually {
        await owner.poll(microseconds: Self.longMicroseconds)
        owner.send()
        pause(milliseconds: 1)
        return await wait(for: owner) < EventLoop.patienceMilliseconds / 2
      }
      #expect(isPrompt)
    }
  }

  @Test("runs what other threads submit at once, though the queue serves what is waiting at that moment")
  func submittedDuringServeWaiting() async throws {
    try await withOwner(pollingMicroseconds: 0) { owner in
      // Without an end, so that a stint would last as long as it may.
      await owner.send(.max)
      let arePrompt = await eventually {
        var longest: Int64 = 0
        for _ in 1...3 {
          owner.executor.perform { owner.assumeIsolated { $0.serveWaiting() } }
          pause(milliseconds: 5)
          longest = max(longest, await wait(for: owner))
        }
        return longest < EventLoop.stintMilliseconds * 3 / 4
      }
      await owner.send(1)
      #expect(arePrompt)
    }
  }

  @Test("rests after a message that no other follows, and does nothing while it is idle")
  func idle() async throws {
    try await withOwner(pollingMicroseconds: 0) { owner in
      var isResting = false
      let isQuiet = await eventually {
        await owner.poll(microseconds: 1000)
        owner.send()
        pause(milliseconds: UInt32(EventLoop.patienceMilliseconds) + 5)
        isResting = await owner.isResting
        let before = await owner.turn
        pause(milliseconds: 5)
        // The call ends a wait, or is one.
        let after = await owner.turn
        return isResting && after - before <= 2
      }
      #expect(isQuiet)
    }
  }

  @Test("stops looking when the key becomes 0, and looks again when it is set")
  func change() async throws {
    try await withOwner(pollingMicroseconds: 0) { owner in
      for (limit, isResting) in [(0, true), (1000, false), (0, true), (200, false)] {
        await owner.poll(microseconds: limit)
        #expect(await owner.isResting == isResting)
        let before = await owner.served
        owner.send()
        #expect(await eventually { await owner.served > before })
      }
    }
  }
}
