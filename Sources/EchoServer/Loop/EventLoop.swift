import Dispatch
import Sockets
import SystemPackage

/// A queue's readiness set and timers, each watched by one Dispatch source.
///
/// Dispatch wakes the queue when a member of the set is ready or a timer is due. The queue then stays for a stint: it
/// serves, waits in the set for more, and returns to Dispatch when nothing arrives, when other threads have submitted
/// work, or when the stint is over. Under load this avoids Dispatch's share of each wake-up.
final class EventLoop {
  /// How long a stint lasts at most: Dispatch may be short of threads.
  static let stintMilliseconds: Int64 = 1000
  /// How long a stint waits for the next message before it ends.
  static let patienceMilliseconds: Int64 = 20
  /// How long ``serveWaiting(_:)`` takes at most; the next stint serves the rest.
  static let serveWaitingMilliseconds: Int64 = 50

  private static let wakeUpToken = UInt64.max

  let executor: QueueExecutor

  private let wakeUp: WakeUp
  let set: ReadinessSet
  private var sources: (readiness: any DispatchSourceRead, time: any DispatchSourceTimer)?
  /// The scheduled timers: a handful.
  private var timers: [OneShot] = []
  // Plain copies of what `timers` and `sources` know, because they are read at each wait.
  private var nextDue = Int64.max
  private var isRunning = false
  private var isStopped = false
  private(set) var busyPoll = BusyPoll(limitMicroseconds: 0)
  // Plain, because it is read at each wait.
  private var pollsBusily = false

  /// ``SystemClock/monotonicMilliseconds()`` at the last wait or ``refreshClock()``.
  private(set) var now = SystemClock.monotonicMilliseconds()

  /// How many waits there have been.
  private(set) var turn: UInt64 = 0

  init(label: String) throws(Errno) {
    self.wakeUp = try WakeUp()
    self.executor = QueueExecutor(label: label, wakeUp: wakeUp)
    self.set = try ReadinessSet()
    try set.add(wakeUp.descriptor, for: .readable, token: Self.wakeUpToken)
  }

  /// Makes Dispatch call the handler, which calls ``serveStint(_:)``, on the queue whenever there is work, until
  /// ``stop()``. The sources' handlers retain the owner and so this loop, so that the set outlives the sources.
  func start(heldBy owner: any Actor, handler: @escaping @Sendable () -> Void) {
    let readiness = DispatchSource.makeReadSource(fileDescriptor: set.number, queue: executor.queue)
    let time = DispatchSource.makeTimerSource(queue: executor.queue)
    readiness.setCancelHandler { withExtendedLifetime(owner) {} }
    readiness.setEventHandler(handler: handler)
    time.setEventHandler(handler: handler)
    readiness.activate()
    time.activate()
    sources = (readiness, time)
    isRunning = true
    wakeAtNextDue(from: now)
  }

  /// Stops the calls and timers, and releases the owner.
  func stop() {
    sources?.readiness.cancel()
    sources?.time.cancel()
    sources = nil
    (isRunning, isStopped) = (false, true)
    _ = takeTimers(dueAt: .max)
  }

  /// Reads the clock, for work on the queue outside of a stint.
  func refreshClock() {
    now = SystemClock.monotonicMilliseconds()
  }

  /// Runs the action on the queue after the delay, unless the loop is stopped before. A timer that is already scheduled
  /// keeps its action and the earlier of both times.
  func schedule(_ timer: OneShot, afterMilliseconds delay: Int64, _ action: @escaping () -> Void) {
    guard !isStopped else { return }
    let due = SystemClock.monotonicMilliseconds() + max(0, delay)
    if let scheduled = timer.due {
      timer.due = min(scheduled, due)
    } else {
      (timer.due, timer.action) = (due, action)
      timers.append(timer)
    }
    guard due < nextDue else { return }
    nextDue = due
    wakeAtNextDue(from: due - max(0, delay))
  }

  /// Resumes the caller after the delay. The loop must not be stopped meanwhile.
  func sleep(milliseconds: Int64) async {
    guard !isStopped else { return }
    await withCheckedContinuation { continuation in
      schedule(OneShot(), afterMilliseconds: milliseconds) { continuation.resume() }
    }
  }

  /// Looks for the next message for that long before a sleep: see ``BusyPoll``.
  func pollBusily(forMicroseconds limit: Int) {
    busyPoll = BusyPoll(limitMicroseconds: limit)
    pollsBusily = limit > 0
  }

  /// Runs a stint: calls `serve` with the token of each ready member, and runs the timers that become due.
  func serveStint(_ serve: (UInt64) -> Void) {
    refreshClock()
    let end = now + Self.stintMilliseconds
    // The first wait returns what woke the queue.
    var outcome = wait(until: now, serve)
    runDueTimers()
    while isRunning, outcome == .served, now < end {
      outcome = wait(until: min(now + Self.patienceMilliseconds, nextDue), serve)
      runDueTimers()
    }
  }

  /// Serves what is ready and runs the timers that are due, without waiting for more.
  func serveWaiting(_ serve: (UInt64) -> Void) {
    refreshClock()
    let end = now + Self.serveWaitingMilliseconds
    while wait(until: now, serve) != .nothing, now < end {}
    runDueTimers()
  }

  /// Timers that these actions schedule run later.
  private func runDueTimers() {
    guard now >= nextDue else { return }
    for action in takeTimers(dueAt: now) { action() }
    wakeAtNextDue(from: now)
  }

  /// Removes the timers that are due, and returns their actions in the order of scheduling.
  private func takeTimers(dueAt now: Int64) -> [() -> Void] {
    let due = timers.filter { $0.due ?? .max <= now }
    timers.removeAll { $0.due ?? .max <= now }
    nextDue = timers.lazy.compactMap(\.due).min() ?? .max
    return due.map { timer in
      defer { (timer.due, timer.action) = (nil, {}) }
      return timer.action
    }
  }

  private func wakeAtNextDue(from now: Int64) {
    guard nextDue != .max else { return }
    let delay = DispatchTimeInterval.milliseconds(Int(max(0, nextDue - now)))
    sources?.time.schedule(deadline: .now() + delay, leeway: .nanoseconds(0))
  }

  private enum Outcome {
    case nothing, served, wokenUp
  }

  private func wait(until deadline: Int64, _ serve: (UInt64) -> Void) -> Outcome {
    var count = 0
    if pollsBusily { count = look(until: deadline) }
    if count == 0 { count = set.wait(milliseconds: Int32(max(0, deadline - now))) }
    turn &+= 1
    refreshClock()
    var outcome: Outcome = count == 0 ? .nothing : .served
    for index in 0..<count {
      let token = set.token(at: index)
      if token == Self.wakeUpToken {
        wakeUp.clear()
        outcome = .wokenUp
      } else {
        serve(token)
      }
    }
    return outcome
  }

  /// Looks for the next message as long as ``BusyPoll`` says, and returns how many members are ready.
  private func look(until deadline: Int64) -> Int {
    guard deadline > now else { return 0 }
    let start = SystemClock.monotonicNanoseconds()
    guard let end = busyPoll.endOfLook(at: start) else { return 0 }
    var (count, time) = (0, start)
    repeat {
      count = set.wait(milliseconds: 0)
      time = SystemClock.monotonicNanoseconds()
    } while count == 0 && time < min(end, deadline * 1_000_000)
    now = time / 1_000_000
    let isFind = count > 1 || count == 1 && set.token(at: 0) != Self.wakeUpToken
    busyPoll.note(isFind ? .find : .nothing, from: start, to: time)
    return count
  }
}

/// A timer that fires once: see ``EventLoop/schedule(_:afterMilliseconds:_:)``.
final class OneShot {
  /// When it is due, on the clock of ``EventLoop/now``; `nil` if it is not scheduled.
  fileprivate var due: Int64?
  fileprivate var action: () -> Void = {}

  var isScheduled: Bool { due != nil }
}
