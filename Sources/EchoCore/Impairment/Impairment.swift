/// What a listener does on purpose to its replies: the key `impair`. A member that is left out does nothing.
public struct Impairment: Hashable, Sendable {
  /// Chooses the draws; left out, it is the seed that echod drew at its start.
  public var seed: UInt32?
  /// UDP: percent of the replies that are not sent.
  public var lossPercent: Double?
  /// UDP: percent of the replies that are sent twice.
  public var duplicatePercent: Double?
  /// UDP: percent of the replies in which one bit is flipped.
  public var corruptPercent: Double?
  /// UDP: percent of the replies that are sent at once, while others wait for ``delayMilliseconds``.
  public var reorderPercent: Double?
  /// How long replies wait.
  public var delayMilliseconds: Int?
  /// By how much the delay varies, in both directions; at most ``delayMilliseconds``.
  public var jitterMilliseconds: Int?
  /// How fast the replies of one client leave.
  public var bytesPerSecond: Int?
  /// TCP: after how many reply bytes a connection is ended.
  public var closeAfterBytes: Int?
  /// TCP: after how many reply bytes a connection is reset.
  public var resetAfterBytes: Int?
  /// TCP: in sends of how many bytes the replies leave.
  public var sliceBytes: Int?

  /// Impairs nothing.
  public init() {}
}
