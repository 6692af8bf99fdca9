import Sockets

/// The names of the machine that the admin socket answers to.
struct MachineName {
  /// The name with its domain, once that is known.
  private var full: String?
  private var isBeingLookedUp = false

  /// The names that are known so far.
  var known: [String] { [Resolver.machineName, full].compactMap(\.self) }

  /// Begins a lookup of the full name, unless one is under way: each occupies a thread. Returns whether it began.
  mutating func beginLookup() -> Bool {
    guard !isBeingLookedUp else { return false }
    isBeingLookedUp = true
    return true
  }

  /// Ends a lookup. If it found no name, because the resolver is down, the known one stays.
  mutating func endLookup(_ name: String?) {
    isBeingLookedUp = false
    full = name ?? full
  }
}
