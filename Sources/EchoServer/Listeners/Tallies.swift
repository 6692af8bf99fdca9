import EchoCore

/// What all listeners have counted since the start: those that serve, by their identity, and those that reloads removed.
struct Tallies {
  private var current: [Listener.Identity: Tally] = [:]
  /// What listeners counted that a reload removed; their last connections may still be draining.
  private var removed = Tally()

  var totals: Statistics {
    current.values.reduce(into: removed.statistics) { $0 += $1.statistics }
  }

  subscript(identity: Listener.Identity) -> Statistics { current[identity]?.statistics ?? Statistics() }

  /// Adds a queue that begins to serve.
  mutating func add(_ counters: Counters, of identity: Listener.Identity) {
    current[identity, default: Tally()].live.append(counters)
  }

  /// Counts listeners that are not among these as removed.
  mutating func keep(_ identities: [Listener.Identity]) {
    for identity in Set(current.keys).subtracting(identities) {
      guard let tally = current.removeValue(forKey: identity) else { continue }
      removed.past += tally.past
      removed.live += tally.live
    }
  }

  /// Keeps the sum of a queue that ended, and releases its counters.
  mutating func retire(_ counters: Counters, of identity: Listener.Identity) {
    if current[identity]?.retire(counters) != true { _ = removed.retire(counters) }
  }

  /// The queues that serve, and the sum of those that are gone.
  private struct Tally {
    var past = Statistics()
    var live: [Counters] = []

    var statistics: Statistics {
      live.reduce(into: past) { $0 += $1.statistics }
    }

    /// Returns whether the queue was counted here.
    mutating func retire(_ counters: Counters) -> Bool {
      guard let index = live.firstIndex(where: { $0 === counters }) else { return false }
      past += live.remove(at: index).statistics
      return true
    }
  }
}
