import EchoCore

/// The statistics of all listeners since the start: the current ones by identity, and those that reloads removed.
struct Tallies {
  private var current: [Listener.Identity: Tally] = [:]
  /// The removed listeners, whose last connections may still be draining.
  private var removed = Tally()

  var totals: Statistics {
    current.values.reduce(into: removed.statistics) { $0 += $1.statistics }
  }

  subscript(identity: Listener.Identity) -> Statistics { current[identity]?.statistics ?? Statistics() }

  mutating func add(_ counters: Counters, of identity: Listener.Identity) {
    current[identity, default: Tally()].live.append(counters)
  }

  /// The counts of the listeners that reloads removed.
  var removedTotals: Statistics { removed.statistics }

  /// Adds what a listener counted in the process before this one.
  mutating func restore(_ statistics: Statistics, of identity: Listener.Identity) {
    current[identity, default: Tally()].past += statistics
  }

  /// Adds what removed listeners counted in the process before this one.
  mutating func restoreRemoved(_ statistics: Statistics) { removed.past += statistics }

  /// Moves all other listeners to the removed ones.
  mutating func keep(_ identities: [Listener.Identity]) {
    for identity in Set(current.keys).subtracting(identities) {
      guard let tally = current.removeValue(forKey: identity) else { continue }
      removed.past += tally.past
      removed.live += tally.live
    }
  }

  /// Adds up the counters of a queue that has ended, and releases them.
  mutating func retire(_ counters: Counters, of identity: Listener.Identity) {
    if current[identity]?.retire(counters) != true { _ = removed.retire(counters) }
  }

  /// The counters of live queues, and the sum of those that have ended.
  private struct Tally {
    var past = Statistics()
    var live: [Counters] = []

    var statistics: Statistics {
      live.reduce(into: past) { $0 += $1.statistics }
    }

    /// Returns whether the counters were here.
    mutating func retire(_ counters: Counters) -> Bool {
      guard let index = live.firstIndex(where: { $0 === counters }) else { return false }
      past += live.remove(at: index).statistics
      return true
    }
  }
}
