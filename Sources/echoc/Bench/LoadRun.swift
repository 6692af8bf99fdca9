import Sockets
import SystemPackage

/// What is the same in every load: the sockets' readiness, the time, and what was counted.
struct LoadRun: ~Copyable {
  /// How often there is a look at more than sockets: progress, patience, the end.
  static let upkeepNanoseconds: Int64 = 100_000_000
  /// How long the last replies are waited for while none comes.
  static let drainNanoseconds: Int64 = 5_000_000_000
  /// How long after the end messages are still sent that were due before it and had no room.
  static let catchUpNanoseconds: Int64 = 1_000_000_000
  /// The token of Ctrl-C in the set.
  private static let interruptToken = UInt64.max

  let plan: BenchPlan
  let set: ReadinessSet
  /// The times to send at, if the rate is fixed.
  let schedule: Schedule?
  var measurement = Measurement()
  /// Messages that were sent and are neither answered nor given up.
  var inFlight = 0
  /// The time, as the clock was last read.
  private(set) var now: Int64 = 0
  /// When the load began.
  private(set) var start: Int64 = 0
  /// How many messages of the schedule are due.
  private(set) var due = 0
  private var end: Int64 = 0
  private var sendingEnd: Int64 = 0
  private var lastReply: Int64 = 0
  private var nextUpkeep: Int64 = 0
  private var interrupts = 0
  private var progress: Progress

  /// Makes an empty set, to which a load adds its sockets.
  init(_ plan: BenchPlan, progress: Progress) throws(Errno) {
    set = try ReadinessSet()
    (self.plan, self.progress) = (plan, progress)
    schedule = plan.perSecond.map { Schedule(perSecond: $0, seconds: plan.seconds) }
  }

  /// Whether a load waits in its receive, for ``upkeepNanoseconds`` at the most, and has no member in the set: where there
  /// is one socket and no schedule, that saves a wait for each message.
  var waitsInReceive: Bool { plan.waitsInReceive }

  /// Whether messages may be begun: until the end, and with a schedule a little longer, lest those due just before the
  /// end are lost to a moment's delay. What then is left of a rate that nobody could serve is not sent in time.
  var isSending: Bool { now < sendingEnd }

  /// How many messages one of the connections may have begun by now, in all, as long as there is sending: with a
  /// schedule its share of those that are due.
  func allowance(of connection: Int) -> Int {
    schedule == nil ? .max : Schedule.share(of: connection, among: plan.connections, ofFirst: due)
  }

  /// Reads the clock.
  mutating func readClock() { now = Host.monotonicNanoseconds() }

  /// When the message that is begun now counts as sent: now, or when the schedule's message of this number was due.
  func stamp(ofScheduled message: @autoclosure () -> Int) -> Int64 {
    guard let schedule else { return now }
    return start + schedule.time(of: message())
  }

  /// Counts messages that are handed to the system.
  mutating func begin(_ count: Int) {
    measurement.sent += count
    inFlight += count
  }

  /// Counts a right reply to a message that counts as sent at a time.
  mutating func answer(sentAt stamp: Int64) {
    measurement.answered += 1
    measurement.latencies.record(now - stamp)
    finish()
  }

  /// Counts a wrong reply to a message.
  mutating func answerWrongly() {
    measurement.wrong += 1
    finish()
  }

  /// Counts messages that will not be answered.
  mutating func lose(_ count: Int) {
    measurement.lost += count
    inFlight -= count
  }

  private mutating func finish() {
    inFlight -= 1
    lastReply = now
  }

  /// Carries a load out, until its time is over and its last reply came or is not to be expected any more. Ctrl-C ends
  /// the sending, and a second one the waiting.
  mutating func carryOut(_ load: inout some Load & ~Copyable) throws(Errno) {
    let interrupt = try Interrupt()
    if !waitsInReceive { try set.add(interrupt.descriptor, for: .readable, token: Self.interruptToken) }
    if schedule != nil { Host.useExactTimers() }
    readClock()
    (start, end, nextUpkeep) = (now, now + Int64(plan.seconds) * 1_000_000_000, now + Self.upkeepNanoseconds)
    sendingEnd = schedule == nil ? end : end + Self.catchUpNanoseconds
    progress.begin(at: now)
    due = schedule?.due(at: 0) ?? 0
    for index in 0..<plan.connections {
      load.fill(index, &self)
      // Where there are many, the last ones are sent later than the first.
      readClock()
    }
    while !isOver(load), load.isAlive {
      if waitsInReceive {
        load.serve(0, isEnded: false, &self)
      } else {
        serveReady(interrupt, &load)
      }
      guard now >= nextUpkeep else { continue }
      if waitsInReceive { note(interrupt) }
      upkeep(&load)
    }
    measurement.elapsed = max(min(end, now), lastReply) - start
    measurement.unsent = max(0, due - measurement.sent)
    lose(inFlight)
  }

  private func isOver(_ load: borrowing some Load & ~Copyable) -> Bool {
    guard now >= end, interrupts < 2 else { return interrupts > 1 }
    let isDone = inFlight == 0 && (measurement.sent >= due || !isSending) && load.isSettled
    return isDone || now - max(end, lastReply) >= Self.drainNanoseconds
  }

  private var timeToWait: Int64 {
    var next = nextUpkeep
    if now < end {
      next = min(next, end)
      if let schedule, due < schedule.total { next = min(next, start + schedule.time(of: due)) }
    }
    return next - now
  }

  private mutating func serveReady(_ interrupt: borrowing Interrupt, _ load: inout some Load & ~Copyable) {
    let ready = set.wait(nanoseconds: timeToWait)
    // Where sockets are ready and no schedule runs, they read the clock themselves.
    if ready == 0 || schedule != nil { readClock() }
    for index in 0..<ready {
      let token = set.token(at: index)
      if token == Self.interruptToken {
        note(interrupt)
      } else {
        load.serve(Int(token), isEnded: set.isEnded(at: index), &self)
      }
    }
    sendDue(&load)
  }

  private mutating func note(_ interrupt: borrowing Interrupt) {
    guard interrupt.take() else { return }
    interrupts += 1
    readClock()
    end = min(end, now)
    sendingEnd = end
  }

  private mutating func sendDue(_ load: inout some Load & ~Copyable) {
    guard let schedule, interrupts == 0 else { return }
    let (before, count) = (due, schedule.due(at: now - start))
    guard count > before else { return }
    due = count
    load.sendDue(before..<count, &self)
  }

  private mutating func upkeep(_ load: inout some Load & ~Copyable) {
    nextUpkeep = now + Self.upkeepNanoseconds
    load.upkeep(&self)
    progress.show(measurement, messageBytes: plan.bytes, at: now)
  }
}
