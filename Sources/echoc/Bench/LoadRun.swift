import Sockets
import SystemPackage

/// One way to send messages and to take their replies.
protocol Load: ~Copyable {
  /// Whether the load can go on: a connection is left.
  var isAlive: Bool { get }

  /// Whether the server is still expected to close connections.
  var isClosing: Bool { get }

  /// Begins as many messages as a connection has room for, as long as there are messages to send.
  mutating func fill(_ index: Int, _ run: inout LoadRun)

  /// Receives from the socket with a token, and sends the messages that may follow. Reads the clock.
  ///
  /// - Parameters:
  ///   - isEnded: whether nothing follows what can be received now.
  mutating func serve(_ token: Int, isEnded: Bool, _ run: inout LoadRun)

  /// Sends messages of the schedule that are due now, as far as there is room.
  mutating func sendDue(_ messages: Range<Int>, _ run: inout LoadRun)

  /// Gives up messages that have waited too long.
  mutating func checkTimeouts(_ run: inout LoadRun)
}

extension Load where Self: ~Copyable {
  /// A load can always go on.
  var isAlive: Bool { true }

  /// A load does not wait for the end of its connections.
  var isClosing: Bool { false }

  /// The connections take turns.
  mutating func sendDue(_ messages: Range<Int>, _ run: inout LoadRun) {
    for message in messages.prefix(run.plan.connections) { fill(message % run.plan.connections, &run) }
  }
}

/// What every load needs: the sockets' readiness, the time, the schedule, the counts. Times are nanoseconds of the
/// monotonic clock.
struct LoadRun: ~Copyable {
  /// How often the run looks at more than sockets: timeouts, progress, the end.
  static let tickNanoseconds: Int64 = 100_000_000
  /// How long to wait for the rest after the last reply.
  private static let drainNanoseconds: Int64 = 5_000_000_000
  /// How long after the end overdue messages of the schedule are still sent.
  private static let catchUpNanoseconds: Int64 = 1_000_000_000
  /// The token of the interrupt in the set.
  private static let interruptToken = UInt64.max

  let plan: BenchPlan
  let set: ReadinessSet
  /// The times to send at, if the rate is fixed.
  let schedule: Schedule?
  var measurement = Measurement()
  /// Messages that were sent and are neither answered nor given up.
  private var inFlight = 0
  /// The time when the clock was last read.
  private(set) var now: Int64 = 0
  /// How many messages of the schedule are due.
  private(set) var due = 0
  private var start: Int64 = 0
  private var end: Int64 = 0
  private var sendingEnd: Int64 = 0
  private var lastReply: Int64 = 0
  private var nextTick: Int64 = 0
  private var isInterrupted = false
  private var progress: BenchProgress

  /// Makes an empty set, to which a load adds its sockets.
  ///
  /// - Parameters:
  ///   - showsProgress: whether a terminal on standard error shows the progress of the run.
  init(_ plan: BenchPlan, showsProgress: Bool = false) throws(LinkError) {
    set = try LinkError.preparing { () throws(Errno) in try ReadinessSet() }
    self.plan = plan
    progress = BenchProgress(of: plan, isWanted: showsProgress)
    schedule = plan.perSecond.map { Schedule(perSecond: $0, seconds: plan.seconds) }
  }

  /// Whether messages may be begun. A schedule gets a little more time than the plan, so that a short delay does not lose
  /// the messages that are due just before the end; the rest of a rate that is too high counts as unsent.
  var isSending: Bool { now < sendingEnd }

  /// How many messages a connection may have begun by now, in all: with a schedule its share of those that are due.
  func allowance(of connection: Int) -> Int {
    schedule == nil ? .max : Schedule.share(of: connection, among: plan.connections, ofFirst: due)
  }

  /// Reads the clock.
  mutating func readClock() { now = SystemClock.monotonicNanoseconds() }

  /// When a message that is begun now counts as sent: now, or when the schedule's message of this number was due.
  func sendTime(ofScheduled message: @autoclosure () -> Int) -> Int64 {
    guard let schedule else { return now }
    return start + schedule.time(of: message())
  }

  /// Counts messages that are about to be sent.
  mutating func begin(_ count: Int) {
    measurement.sent += count
    inFlight += count
  }

  /// Counts the reply to a message that counts as sent at a time.
  mutating func answer(sentAt: Int64, isRight: Bool) {
    if isRight {
      measurement.answered += 1
      measurement.latencies.record(now - sentAt)
    } else {
      measurement.wrong += 1
    }
    inFlight -= 1
    lastReply = now
  }

  /// Counts messages that will not be answered.
  mutating func lose(_ count: Int) {
    measurement.lost += count
    inFlight -= count
  }

  /// Runs a load until its time is over and its last reply came or is given up. An interrupt ends the sending.
  mutating func run(_ load: inout some Load & ~Copyable) throws(LinkError) {
    let interrupt = try LinkError.preparing { () throws(Errno) in
      let interrupt = try Interrupt()
      if !plan.waitsInReceive {
        try set.add(interrupt.descriptor, for: .readable, token: Self.interruptToken)
      }
      return interrupt
    }
    if schedule != nil { CurrentProcess.useExactTimers() }
    readClock()
    (start, end, nextTick) = (now, now + Int64(plan.seconds) * 1_000_000_000, now + Self.tickNanoseconds)
    sendingEnd = schedule == nil ? end : end + Self.catchUpNanoseconds
    progress.begin(at: now)
    due = schedule?.due(at: 0) ?? 0
    for index in 0..<plan.connections {
      load.fill(index, &self)
      // With many connections the last ones are filled later than the first.
      readClock()
    }
    while !isOver(load), load.isAlive {
      if plan.waitsInReceive {
        load.serve(0, isEnded: false, &self)
      } else {
        serveReady(interrupt, &load)
      }
      guard now >= nextTick else { continue }
      nextTick = now + Self.tickNanoseconds
      if plan.waitsInReceive { take(interrupt) }
      load.checkTimeouts(&self)
      progress.show(measurement, at: now, end: end)
    }
    progress.erase()
    measurement.elapsed = max(min(end, now), lastReply) - start
    measurement.unsent = max(0, due - measurement.sent)
    lose(inFlight)
  }

  private func isOver(_ load: borrowing some Load & ~Copyable) -> Bool {
    guard now >= end else { return false }
    let isDone = inFlight == 0 && (measurement.sent >= due || !isSending) && !load.isClosing
    return isDone || now - max(end, lastReply) >= Self.drainNanoseconds
  }

  private var timeToWait: Int64 {
    var next = nextTick
    if now < end {
      next = min(next, end)
      if let schedule, due < schedule.total { next = min(next, start + schedule.time(of: due)) }
    }
    return next - now
  }

  private mutating func serveReady(_ interrupt: borrowing Interrupt, _ load: inout some Load & ~Copyable) {
    let ready = set.wait(nanoseconds: timeToWait)
    // Without a schedule the sockets that are ready read the clock themselves.
    if ready == 0 || schedule != nil { readClock() }
    for index in 0..<ready {
      let token = set.token(at: index)
      if token == Self.interruptToken {
        take(interrupt)
      } else {
        load.serve(Int(token), isEnded: set.isEnded(at: index), &self)
      }
    }
    sendDue(&load)
  }

  private mutating func take(_ interrupt: borrowing Interrupt) {
    guard interrupt.take() else { return }
    isInterrupted = true
    readClock()
    end = min(end, now)
    sendingEnd = end
  }

  private mutating func sendDue(_ load: inout some Load & ~Copyable) {
    guard let schedule, !isInterrupted else { return }
    let (before, count) = (due, schedule.due(at: now - start))
    guard count > before else { return }
    due = count
    load.sendDue(before..<count, &self)
  }
}
