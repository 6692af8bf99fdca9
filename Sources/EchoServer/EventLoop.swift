import Dispatch
import Sockets
import SystemPackage

/// A queue's readiness set, watched by one Dispatch source.
///
/// Dispatch wakes the queue when anything in the set is ready. The queue then stays for a stint: it serves, waits
/// in the set for more, and goes back to Dispatch when nothing came or the stint is over. Under load that saves
/// Dispatch's part of each wake-up; blocks and timers of the queue wait for a stint's end at the most.
final class EventLoop {
  /// How long a queue stays in its set before it goes back to Dispatch.
  static let stintMilliseconds: Int64 = 20

  /// How long ``settle(_:)`` serves at the most before it leaves the rest to the next stint.
  static let settleMilliseconds: Int64 = 50

  private static let wakeUpToken = UInt64.max

  let executor: QueueExecutor

  private let wakeUp: WakeUp
  private let set: ReadinessSet
  private var source: (any DispatchSourceRead)?
  /// Asked before each wait, where the source itself would be copied.
  private var isRunning = false

  /// The clock of ``Host/monotonicMilliseconds()`` as read last: after a wait, or by ``refreshClock()``.
  private(set) var now = Host.monotonicMilliseconds()

  /// How often the set was waited for.
  private(set) var turn: UInt64 = 0

  /// Makes a loop and the executor of the actor that owns it.
  init(label: String) throws(Errno) {
    self.wakeUp = try WakeUp()
    self.executor = QueueExecutor(label: label, wakeUp: wakeUp)
    self.set = try ReadinessSet()
    try set.add(wakeUp.descriptor, for: .readable, token: Self.wakeUpToken)
  }

  /// Lets Dispatch call the handler on the queue whenever the set is ready, until ``stop()``.
  ///
  /// The owner holds this loop. The source's handlers hold the owner, so the set outlives the source.
  func start(heldBy owner: any Actor, handler: @escaping @Sendable () -> Void) {
    let source = DispatchSource.makeReadSource(fileDescriptor: set.number, queue: executor.queue)
    source.setEventHandler(handler: handler)
    source.setCancelHandler { withExtendedLifetime(owner) {} }
    source.activate()
    self.source = source
    isRunning = true
  }

  /// Ends the calls and lets the owner go.
  func stop() {
    source?.cancel()
    source = nil
    isRunning = false
  }

  /// Reads the clock: for work on the queue that no readiness began.
  func refreshClock() {
    now = Host.monotonicMilliseconds()
  }

  /// Serves what is ready for a stint: `serve` is called with each ready member's token.
  func serveStint(_ serve: (UInt64) -> Void) {
    refreshClock()
    let end = now + Self.stintMilliseconds
    while isRunning, now < end, wait(milliseconds: Int32(end - now), serve) == .served {}
  }

  /// Serves what is ready at this moment, without waiting for more.
  func settle(_ serve: (UInt64) -> Void) {
    refreshClock()
    let end = now + Self.settleMilliseconds
    while wait(milliseconds: 0, serve) != .nothing, now < end {}
  }

  /// Adds a member; see ``ReadinessSet/add(_:for:token:)``.
  func add(_ member: borrowing Descriptor, for interest: ReadinessSet.Interest, token: Int) throws(Errno) {
    try set.add(member, for: interest, token: UInt64(token))
  }

  /// Changes what a member is waited for; see ``ReadinessSet/modify(_:for:token:)``.
  func modify(_ member: borrowing Descriptor, for interest: ReadinessSet.Interest, token: Int) throws(Errno) {
    try set.modify(member, for: interest, token: UInt64(token))
  }

  /// Takes a member out; see ``ReadinessSet/remove(_:)``.
  func remove(_ member: borrowing Descriptor) throws(Errno) {
    try set.remove(member)
  }

  private enum Outcome {
    case nothing, served, wokenUp
  }

  private func wait(milliseconds: Int32, _ serve: (UInt64) -> Void) -> Outcome {
    let count = set.wait(milliseconds: milliseconds)
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
}
