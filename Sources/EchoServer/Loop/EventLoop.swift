import Dispatch
import Sockets
import SystemPackage

/// A queue's readiness set, which one Dispatch source watches, and its timers.
///
/// Dispatch wakes the queue when a member of the set is ready. The queue then stays for a stint: it serves, waits in the
/// set for more, and returns to Dispatch when nothing arrives, when other threads have submitted work, or when the stint
/// is over. Under load this avoids Dispatch's share of each wake-up.
///
/// A timer that is due makes the set ready too, by means of an alarm, so no wait needs a timeout. The kernel would set up
/// a timer for each wait, which costs 2 % of a message's time.
final class EventLoop {
  /// How long a stint lasts at most: Dispatch may be short of threads.
  static let stintMilliseconds: Int64 = 1000
  /// How long a stint waits for the next message before it ends.
  static let patienceMilliseconds: Int64 = 20
  /// How long ``serveWaiting(_:)`` takes at most; the next stint serves the rest.
  static let serveWaitingMilliseconds: Int64 = 50

  private static let wakeUpToken = UInt64.max
  private static let alarmToken = UInt64.max - 1

  let executor: QueueExecutor

  private let wakeUp: WakeUp
  private let alarm: Alarm
  let set: ReadinessSet
  private var source: (any DispatchSourceRead)?
  /// The scheduled timers: a handful.
  private var timers: [OneShot] = []
  // Plain copies of what `timers` and `source` know, because they are read at each wait.
  private var nextDue = Int64.max
  private var isRunning = false
  private var isStopped = false
  /// When the alarm goes off.
  private var alarmTime = Int64.max
  /// Whether the alarm has gone off and has not been set again.
  private var alarmIsOff = false
  private(set) var busyPoll = BusyPoll(limitMicroseconds: 0)
  // Plain, because it is read at each wait.
  private var pollsBusily = false

  /// ``SystemClock/monotonicMilliseconds()`` at the last wait or ``refreshClock()``.
  private(set) var now = SystemClock.monotonicMilliseconds()

  /// How many waits there have been.
  private(set) var turn: UInt64 = 0

  init(label: String) throws(Errno) {
    self.wakeUp = try WakeUp()
    self.alarm = try Alarm()
    self.executor = QueueExecutor(label: label, wakeUp: wakeUp)
    self.set = try ReadinessSet()
    try set.add(wakeUp.descriptor, for: .readable, token: Self.wakeUpToken)
    try set.add(alarm.descriptor, for: .readable, token: Self.alarmToken)
  }

  /// Makes Dispatch call the handler, which calls ``serveStint(_:)``, on the queue whenever there is work, until
  /// ``stop()``. The source's handlers retain the owner and so this loop, so that the set outlives the source.
  func start(heldBy owner: any Actor, handler: @escaping @Sendable () -> Void) {
    let source = DispatchSource.makeReadSource(fileDescriptor: set.number, queue: executor.queue)
    source.setCancelHandler { withExtendedLifetime(owner) {} }
    source.setEventHandler(handler: handler)
    source.activate()
    self.source = source
    isRunning = true
  }

  /// Stops the calls and timers, and releases the owner.
  func stop() {
    source?.cancel()
    source = nil
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
    nextDue = min(nextDue, due)
    setAlarm(by: due)
  }

  /// Resumes the caller after the delay. The loop must not be stopped meanwhile.
  func sleep(milliseconds: Int64) async {
    guard !isStopped else { return }
    await withCheckedContinuation { continuation in
      schedule(OneShot(), afterMilliseconds: milliseconds) { continuation.resume() }
    }
  }

  /// Looks for the next message for up to that long before it sleeps: see ``BusyPoll``.
  func pollBusily(forMicroseconds limit: Int) {
    busyPoll = BusyPoll(limitMicroseconds: limit)
    pollsBusily = limit > 0
  }

  /// Runs a stint: calls `serve` with the token of each ready member, and runs the timers that become due.
  func serveStint(_ serve: (UInt64) -> Void) {
    refreshClock()
    let end = now + Self.stintMilliseconds
    // The first wait returns what woke the queue.
    var outcome = wait(milliseconds: 0, serve)
    runDueTimers()
    var quietEnd = outcome == .served ? now + Self.patienceMilliseconds : now
    while isRunning, outcome != .wokenUp, now < min(end, quietEnd) {
      setAlarm(by: min(quietEnd, nextDue))
      outcome = wait(milliseconds: -1, serve)
      if outcome == .served { quietEnd = now + Self.patienceMilliseconds }
      runDueTimers()
    }
    setAlarm(by: nextDue)
  }

  /// Serves what is ready and runs the timers that are due, without waiting for more.
  func serveWaiting(_ serve: (UInt64) -> Void) {
    refreshClock()
    let end = now + Self.serveWaitingMilliseconds
    var isWokenUp = false
    var outcome: Outcome
    repeat {
      outcome = wait(milliseconds: 0, serve)
      if outcome == .wokenUp { isWokenUp = true }
    } while outcome != .nothing && now < end
    runDueTimers()
    setAlarm(by: nextDue)
    // Work that was submitted meanwhile can be behind a stint in Dispatch's queue, which then has to end at once.
    if isWokenUp { wakeUp.signal() }
  }

  /// Timers that these actions schedule run later.
  private func runDueTimers() {
    guard now >= nextDue else { return }
    for action in takeTimers(dueAt: now) { action() }
  }

  /// Removes the timers that are due, and returns their actions in the order of their times; for equal times, in the order
  /// of scheduling.
  private func takeTimers(dueAt now: Int64) -> [() -> Void] {
    let due = timers.filter { $0.due ?? .max <= now }.sorted { $0.due ?? .max < $1.due ?? .max }
    timers.removeAll { $0.due ?? .max <= now }
    nextDue = timers.lazy.compactMap(\.due).min() ?? .max
    return due.map { timer in
      defer { (timer.due, timer.action) = (nil, {}) }
      return timer.action
    }
  }

  /// Makes the set ready at a time or before. An alarm that is set too early is only set again when it has gone off,
  /// because each message postpones the end of the stint.
  private func setAlarm(by time: Int64) {
    guard time < alarmTime || alarmIsOff else { return }
    alarm.set(toMilliseconds: time == .max ? nil : time)
    (alarmTime, alarmIsOff) = (time, false)
  }

  private enum Outcome {
    case nothing, served, wokenUp
  }

  /// Waits for that long, or without a limit for -1, and serves what is ready.
  private func wait(milliseconds: Int32, _ serve: (UInt64) -> Void) -> Outcome {
    var count = 0
    if pollsBusily, milliseconds != 0 { count = look() }
    if count == 0 { count = set.wait(milliseconds: milliseconds) }
    turn &+= 1
    refreshClock()
    var outcome = Outcome.nothing
    for index in 0..<count {
      let token = set.token(at: index)
      switch token {
      case Self.wakeUpToken:
        wakeUp.clear()
        outcome = .wokenUp
      case Self.alarmToken: (alarmTime, alarmIsOff) = (.max, true)
      default:
        if outcome == .nothing { outcome = .served }
        serve(token)
      }
    }
    return outcome
  }

  /// Looks for the next message as long as ``BusyPoll`` says, and returns how many members are ready.
  private func look() -> Int {
    let start = SystemClock.monotonicNanoseconds()
    guard let end = busyPoll.endOfLook(at: start) else { return 0 }
    var count: Int
    var time = start
    repeat {
      // The clock comes first: if the thread loses its processor in between, the last wait finds what came meanwhile.
      time = SystemClock.monotonicNanoseconds()
      count = set.wait(milliseconds: 0)
    } while count == 0 && time < end
    let isFind = (0..<count).contains { set.token(at: $0) < Self.alarmToken }
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
