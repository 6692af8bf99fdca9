/// What a listener's `impair` did to a reply or a connection. To add a kind, add a case: /stats and /metrics list them
/// all.
public enum ImpairmentKind: Int, CaseIterable, Sendable {
  /// UDP: the reply was not sent. It is also counted as ``DropReason/impaired``.
  case lost
  /// The reply waited.
  case delayed
  /// UDP: the reply was sent twice.
  case duplicated
  /// UDP: a bit of the reply was flipped.
  case corrupted
  /// UDP: the reply was sent at once, while others waited.
  case reordered
  /// TCP: the connection was ended after `closeAfterBytes`.
  case closed
  /// TCP: the connection was reset after `resetAfterBytes`.
  case reset

  /// The name in /stats, and the label in /metrics.
  public var name: String { String(describing: self) }
}
