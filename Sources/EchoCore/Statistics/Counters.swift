public import Synchronization

/// The statistics of one queue. The queue adds to them; anyone can read them at any time without waiting.
///
/// They are relaxed atomics that wrap after 2^64. To read values that belong together, let the queue finish its turn
/// first.
public final class Counters: Sendable {
  private static let count = Statistic.allCases.count + DropReason.allCases.count

  // One allocation of atomics, which threads may share: an addition compiles to one instruction with a fixed offset.
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

  /// Subtracts what was added before.
  @inlinable public func subtract(_ statistic: Statistic, _ amount: Int = 1) { add(statistic, -amount) }

  /// Counts messages or connections that got no reply.
  public func drop(_ reason: DropReason, _ amount: Int = 1) {
    drops[reason.rawValue].wrappingAdd(UInt64(truncatingIfNeeded: amount), ordering: .relaxed)
  }

  /// The values at this moment.
  public var statistics: Statistics {
    var statistics = Statistics()
    for statistic in Statistic.allCases {
      statistics[statistic] = counts[statistic.rawValue].load(ordering: .relaxed)
    }
    for reason in DropReason.allCases { statistics[reason] = drops[reason.rawValue].load(ordering: .relaxed) }
    return statistics
  }
}
