/// A timer that fires once: see ``EventLoop/schedule(_:afterMilliseconds:_:)``.
final class OneShot {
  /// When it is due, on the clock of ``EventLoop/now``; `nil` if it is not scheduled.
  fileprivate var due: Int64?
  fileprivate var action: () -> Void = {}

  var isScheduled: Bool { due != nil }
}

/// A loop's scheduled timers: a handful.
struct OneShots {
  private var scheduled: [OneShot] = []

  /// When the first timer is due; `.max` if there is none.
  private(set) var nextDue = Int64.max

  /// Schedules a timer. One that is already scheduled keeps its action and the earlier of both times.
  mutating func add(_ timer: OneShot, due: Int64, _ action: @escaping () -> Void) {
    if let earlier = timer.due {
      timer.due = min(earlier, due)
    } else {
      (timer.due, timer.action) = (due, action)
      scheduled.append(timer)
    }
    nextDue = min(nextDue, due)
  }

  /// Removes the timers that are due, and returns their actions in the order of scheduling.
  mutating func takeDue(at now: Int64) -> [() -> Void] {
    let due = scheduled.filter { $0.due ?? .max <= now }
    scheduled.removeAll { $0.due ?? .max <= now }
    nextDue = scheduled.lazy.compactMap(\.due).min() ?? .max
    return due.map { timer in
      defer { (timer.due, timer.action) = (nil, {}) }
      return timer.action
    }
  }

  mutating func removeAll() {
    _ = takeDue(at: .max)
  }
}
