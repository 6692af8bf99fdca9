/// Why a message or a connection got no reply. To add a reason, add a case: /stats and /metrics list them all.
public enum DropReason: Int, CaseIterable, Sendable {
  /// The client's address is not allowed, or the datagram was sent to a broadcast or multicast address.
  case denied
  /// A reply could start a loop; see ``LoopGuard``.
  case loopGuard
  /// The client sends faster than its rate limit allows.
  case rateLimited
  /// A limit on connections or on all clients together was reached.
  case overLimit
  /// The kernel refused the reply.
  case sendFailed

  /// The name in /stats.
  public var name: String { String(describing: self) }
}
