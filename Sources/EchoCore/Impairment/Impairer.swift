/// Decides what befalls each message of an impaired listener.
///
/// It is a pure function of the seed and the message's number, so that every client sees the same in every run.
public struct Impairer: Hashable, Sendable {
  /// What befalls a message's reply over UDP. The rest does not matter if it is lost.
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

  /// What is done, with a seed.
  public let impairment: Impairment
  /// The seed of the configuration, or the one that echod drew.
  public let seed: UInt32

  /// Makes an impairer. `drawnSeed` is used if the configuration has no seed.
  public init(_ impairment: Impairment, drawnSeed: UInt32) {
    self.impairment = impairment
    self.seed = impairment.seed ?? drawnSeed
  }

  /// What befalls the reply to a client's n-th message, counted from 0. Over TCP only the delay applies.
  public func fate(of message: UInt64) -> Fate {
    Fate(
      isLost: false, isDuplicated: false, corruptedBit: nil, isReordered: false,
      delayMilliseconds: Int64(impairment.delayMilliseconds ?? 0))
  }
}
