public import Synchronization

/// What one queue counts while it serves. Its queue adds; anyone may read at any time, and nobody waits.
///
/// Counts are added to without an order towards other memory. Whoever needs counts that belong together lets the queue
/// finish its turn first. They wrap after 2^64.
public final class Counters: Sendable {
  private static let count = Statistic.allCases.count + DropReason.allCases.count

  // Atomics may be shared; they stay where they are, so that a statistic's place is known when its use is compiled.
  @usableFromInline nonisolated(unsafe) let counts = UnsafeMutablePointer<Atomic<UInt64>>.allocate(
    capacity: Counters.count)
  private nonisolated(unsafe) let drops: UnsafeMutablePointer<Atomic<UInt64>>

  /// All zero.
  public init() {
    drops = counts + Statistic.allCases.count
    for index in 0..<Self.count { (counts + index).initialize(to: Atomic(0)) }
  }

  deinit {
    counts.deinitialize(count: Self.count)
    counts.deallocate()
  }

  /// Adds to a count.
  @inlinable public func add(_ statistic: Statistic, _ amount: Int = 1) {
    counts[statistic.rawValue].wrappingAdd(UInt64(truncatingIfNeeded: amount), ordering: .relaxed)
  }

  /// Takes away what was added before.
  @inlinable public func subtract(_ statistic: Statistic, _ amount: Int = 1) { add(statistic, -amount) }

  /// Counts messages or connections that get no reply.
  public func drop(_ reason: DropReason, _ amount: Int = 1) {
    drops[reason.rawValue].wrappingAdd(UInt64(truncatingIfNeeded: amount), ordering: .relaxed)
  }

  /// The counts at this moment.
  public var statistics: Statistics {
    var statistics = Statistics()
    for statistic in Statistic.allCases {
      statistics[statistic] = counts[statistic.rawValue].load(ordering: .relaxed)
    }
    for reason in DropReason.allCases { statistics[reason] = drops[reason.rawValue].load(ordering: .relaxed) }
    return statistics
  }
}
