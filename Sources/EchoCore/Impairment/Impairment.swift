/// How a listener impairs its replies on purpose: the key `impair`. A member that is left out does nothing.
public struct Impairment: Hashable, Sendable {
  /// Decides the draws; if left out, the seed is the one that echod picked at random when it started.
  public var seed: UInt32?
  /// UDP: the percentage of replies that are not sent.
  public var lossPercent: Double?
  /// UDP: the percentage of replies that are sent twice.
  public var duplicatePercent: Double?
  /// UDP: the percentage of replies in which one bit is flipped.
  public var corruptPercent: Double?
  /// UDP: the percentage of replies that are sent at once, while others wait for ``delayMilliseconds``.
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
  /// TCP: how many bytes of a reply are sent at a time.
  public var sliceBytes: Int?

  /// Impairs nothing.
  public init() {}
}
