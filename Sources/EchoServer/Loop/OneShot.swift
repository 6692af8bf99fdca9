/// Something that a queue does once, later: see ``EventLoop/schedule(_:afterMilliseconds:_:)``.
final class OneShot {
  /// When it is due, by the clock of ``EventLoop/now``; `nil` while it is not scheduled.
  fileprivate var due: Int64?
  fileprivate var action: () -> Void = {}

  var isScheduled: Bool { due != nil }
}

/// The one-shots of a loop that are scheduled: a handful.
struct OneShots {
  private var scheduled: [OneShot] = []

  /// When the first one is due; `.max` when there is none.
  private(set) var nextDue = Int64.max

  /// Schedules a one-shot. One that is scheduled already keeps its action, and the earlier of both times.
  mutating func add(_ timer: OneShot, due: Int64, _ action: @escaping () -> Void) {
    if let earlier = timer.due {
      timer.due = min(earlier, due)
    } else {
      (timer.due, timer.action) = (due, action)
      scheduled.append(timer)
    }
    nextDue = min(nextDue, due)
  }

  /// Takes out what is due, in the order in which it was scheduled.
  mutating func takeDue(at now: Int64) -> [() -> Void] {
    let due = scheduled.filter { $0.due ?? .max <= now }
    scheduled.removeAll { $0.due ?? .max <= now }
    nextDue = scheduled.lazy.compactMap(\.due).min() ?? .max
    return due.map { timer in
      defer { (timer.due, timer.action) = (nil, {}) }
      return timer.action
    }
  }

  /// Forgets them all.
  mutating func removeAll() {
    _ = takeDue(at: .max)
  }
}
