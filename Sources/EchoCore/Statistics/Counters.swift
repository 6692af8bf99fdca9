public import Synchronization

/// The statistics of one queue. The queue adds to them; anyone can read them at any time without waiting.
///
/// They are relaxed atomics that wrap after 2^64. To read values that belong together, let the queue finish its turn
/// first.
public final class Counters: Sendable {
  private static let count =
    Statistic.allCases.count + DropReason.allCases.count + ImpairmentKind.allCases.count

  // One allocation of atomics, which threads may share: an addition compiles to one instruction with a fixed offset.
  @usableFromInline nonisolated(unsafe) let counts = UnsafeMutablePointer<Atomic<UInt64>>.allocate(
    capacity: Counters.count)
  // These point into `counts`. All pointers are set once, and what they point to is only accessed as atomics.
  private nonisolated(unsafe) let drops: UnsafeMutablePointer<Atomic<UInt64>>
  private nonisolated(unsafe) let impairments: UnsafeMutablePointer<Atomic<UInt64>>

  /// All zero.
  public init() {
    drops = counts + Statistic.allCases.count
    impairments = drops + DropReason.allCases.count
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

  /// Counts a reply or a connection that was impaired.
  public func impair(_ kind: ImpairmentKind) {
    impairments[kind.rawValue].wrappingAdd(1, ordering: .relaxed)
  }

  /// The values at this moment.
  public var statistics: Statistics {
    var statistics = Statistics()
    for statistic in Statistic.allCases {
      statistics[statistic] = counts[statistic.rawValue].load(ordering: .relaxed)
    }
    for reason in DropReason.allCases { statistics[reason] = drops[reason.rawValue].load(ordering: .relaxed) }
    for kind in ImpairmentKind.allCases {
      statistics[kind] = impairments[kind.rawValue].load(ordering: .relaxed)
    }
    return statistics
  }
}

/// What a listener has counted: a copy made at one moment.
public struct Statistics: Hashable, Sendable {
  private var counts = [UInt64](repeating: 0, count: Statistic.allCases.count)
  private var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)
  private var impairments = [UInt64](repeating: 0, count: ImpairmentKind.allCases.count)

  /// All zero.
  public init() {}

  /// One of the counts.
  public subscript(statistic: Statistic) -> UInt64 {
    get { counts[statistic.rawValue] }
    set { counts[statistic.rawValue] = newValue }
  }

  /// The number of messages and connections dropped for that reason.
  public subscript(reason: DropReason) -> UInt64 {
    get { drops[reason.rawValue] }
    set { drops[reason.rawValue] = newValue }
  }

  /// The number of replies and connections that were impaired in that way.
  public subscript(kind: ImpairmentKind) -> UInt64 {
    get { impairments[kind.rawValue] }
    set { impairments[kind.rawValue] = newValue }
  }

  /// The number of drops for all reasons together.
  public var droppedTotal: UInt64 { drops.reduce(0, &+) }

  /// Adds another listener's statistics to these; each wraps after 2^64.
  public static func += (left: inout Statistics, right: Statistics) {
    for index in left.counts.indices { left.counts[index] &+= right.counts[index] }
    for index in left.drops.indices { left.drops[index] &+= right.drops[index] }
    for index in left.impairments.indices { left.impairments[index] &+= right.impairments[index] }
  }
}
