public import Addresses

/// Which datagrams get no reply because the reply could come back for ever (CVE-1999-0103, CVE-2024-2169).
///
/// Two services that answer anything keep a datagram between them alive, and anyone who can forge a source address can
/// send the first one. Such a peer is a service on its well-known port, a listener of our own, or another host's echod
/// that listens on the same port as we do. Clients use ephemeral ports and lose nothing.
public struct LoopGuard: Sendable {
  /// Source ports below it belong to services, not to clients (RFC 6335, section 6).
  public static let firstUserPort: UInt16 = 1024

  private let ownPorts: Set<UInt16>

  /// A guard for a daemon whose UDP listeners are bound to these ports.
  public init(ownPorts: Set<UInt16>) {
    self.ownPorts = ownPorts
  }

  /// Whether a reply to there could come back for ever.
  ///
  /// - Parameters:
  ///   - trustsLowPorts: the operator says that who sends from a port below ``firstUserPort`` is a client. Port 0, to
  ///     which nothing can be sent, and our own ports are never trusted.
  public func suspects(_ source: Endpoint, trustsLowPorts: Bool) -> Bool {
    let firstTrusted = trustsLowPorts ? 1 : Self.firstUserPort
    return source.port < firstTrusted || ownPorts.contains(source.port)
  }
}
