/// What a listener has counted: a copy made at one moment.
public struct Statistics: Hashable, Sendable {
  private var counts = [UInt64](repeating: 0, count: Statistic.allCases.count)
  private var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)

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

  /// The number of drops for all reasons together.
  public var droppedTotal: UInt64 { drops.reduce(0, &+) }

  /// Adds another listener's statistics to these; each wraps after 2^64.
  public static func += (left: inout Statistics, right: Statistics) {
    for index in left.counts.indices { left.counts[index] &+= right.counts[index] }
    for index in left.drops.indices { left.drops[index] &+= right.drops[index] }
  }
}
