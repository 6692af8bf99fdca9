public import Addresses

/// Which datagrams get no reply because the reply could come back for ever (CVE-1999-0103, CVE-2024-2169).
///
/// Another service that answers anything, on its well-known port, and a listener of our own are such peers. Clients
/// use ephemeral ports and lose nothing.
public struct LoopGuard: Sendable {
  /// What a datagram's source port says.
  public enum Verdict: Sendable, Equatable {
    /// Answer.
    case safe
    /// Do not answer.
    case loop
    /// Do not answer if the source is an address of this machine.
    case loopIfLocal
  }

  /// Source ports below it belong to services, not to clients (RFC 6335, section 6).
  public static let firstUserPort: UInt16 = 1024

  private let ownPorts: Set<UInt16>

  /// A guard for a daemon whose UDP listeners are bound to these ports.
  public init(ownPorts: Set<UInt16>) {
    self.ownPorts = ownPorts
  }

  /// Judges a datagram by where it came from and to which of our addresses it was sent.
  public func verdict(source: Endpoint, destination: IPAddress?) -> Verdict {
    if source.port < Self.firstUserPort { return .loop }
    guard ownPorts.contains(source.port) else { return .safe }
    return source.address.isLoopback || source.address == destination ? .loop : .loopIfLocal
  }
}
