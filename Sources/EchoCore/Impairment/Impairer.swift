/// Decides what happens to each message of an impaired listener.
///
/// It is a pure function of the seed and the message's number, so that every client sees the same in every run.
public struct Impairer: Hashable, Sendable {
  /// What happens to the reply to a message over UDP. The rest does not matter if it is lost.
  public struct Fate: Hashable, Sendable {
    /// Whether the reply is not sent.
    public var isLost: Bool
    /// Whether it is sent twice.
    public var isDuplicated: Bool
    /// Which bit is flipped: this modulo the number of the reply's bits; `nil` for none.
    public var corruptedBit: UInt64?
    /// Whether it is sent at once, although others wait.
    public var isReordered: Bool
    /// How long it waits; 0 if it is reordered.
    public var delayMilliseconds: Int64
  }

  /// What each of a message's outputs decides, whatever is configured: no member affects what the others do.
  private enum Draw: UInt64 {
    case loss, duplicate, corrupt, bit, reorder, jitter

    /// How many outputs a message has. The last two are reserved.
    static let count: UInt64 = 8
  }

  /// What the configuration asks for.
  public let impairment: Impairment
  /// The seed of the configuration, or the one that echod picked at random.
  public let seed: UInt32
  private let generator: CounterGenerator
  private let loss, duplicate, corrupt, reorder: Chance
  /// The shortest delay, and how many delays there are, in milliseconds.
  private let leastDelay, delayCount: UInt64

  /// Makes an impairer. `drawnSeed` is used if the configuration has no seed.
  public init(_ impairment: Impairment, drawnSeed: UInt32) {
    self.impairment = impairment
    seed = impairment.seed ?? drawnSeed
    generator = CounterGenerator(seed: UInt64(seed))
    loss = Chance(percent: impairment.lossPercent)
    duplicate = Chance(percent: impairment.duplicatePercent)
    corrupt = Chance(percent: impairment.corruptPercent)
    let delay = impairment.delayMilliseconds ?? 0
    let jitter = min(impairment.jitterMilliseconds ?? 0, delay)
    // Without a delay, no reply waits, so none can be overtaken.
    reorder = Chance(percent: delay > 0 ? impairment.reorderPercent : nil)
    (leastDelay, delayCount) = (UInt64(delay - jitter), UInt64(2 * jitter + 1))
  }

  /// What happens to the reply to a client's n-th message, counted from 0. Over TCP only the delay applies.
  ///
  /// `docs/explanation/impairments.md` describes the function. Its values for a seed never change.
  public func fate(of message: UInt64) -> Fate {
    let first = message &* Draw.count
    func output(_ draw: Draw) -> UInt64 { generator[first &+ draw.rawValue] }
    let isReordered = reorder.happens(output(.reorder))
    let delay = leastDelay + (((output(.jitter) >> 32) * delayCount) >> 32)
    return Fate(
      isLost: loss.happens(output(.loss)),
      isDuplicated: duplicate.happens(output(.duplicate)),
      corruptedBit: corrupt.happens(output(.corrupt)) ? output(.bit) : nil,
      isReordered: isReordered,
      delayMilliseconds: isReordered ? 0 : Int64(delay))
  }
}
