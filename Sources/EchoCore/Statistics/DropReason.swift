/// Why a message or a connection got no reply.
public enum DropReason: Int, CaseIterable, Sendable {
  /// The client's address is not allowed, or the datagram was sent to a group and not to this host.
  case denied
  /// A reply could start a loop: CVE-1999-0103, CVE-2024-2169.
  case loopGuard
  /// The client's address sends faster than its rate.
  case rateLimited
  /// A limit on connections or on all clients together was reached.
  case overLimit
  /// The kernel refused the reply.
  case sendFailed

  /// The name in /stats.
  public var name: String { String(describing: self) }
}
