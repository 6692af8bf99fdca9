public import Addresses

/// Decides which datagrams get no reply because a reply could start an endless loop (CVE-1999-0103, CVE-2024-2169).
///
/// Two services that answer everything keep a datagram going back and forth, and anyone who can forge a source address
/// can start it. Such a peer is a service on a well-known port, one of our own listeners, or an echod on another host
/// that listens on the same port. Clients use ephemeral ports and are not affected.
public struct LoopGuard: Sendable {
  /// Ports below this belong to services, not to clients (RFC 6335, section 6).
  public static let firstUserPort: UInt16 = 1024

  private let ownPorts: Set<UInt16>

  /// Makes a guard for a daemon whose UDP listeners are bound to these ports.
  public init(ownPorts: Set<UInt16>) {
    self.ownPorts = ownPorts
  }

  /// Whether a reply to this endpoint could start a loop.
  ///
  /// - Parameters:
  ///   - trustsLowPorts: whether ports below ``firstUserPort`` are taken for clients, as the operator says. Port 0, to
  ///     which nothing can be sent, is never trusted.
  ///   - trustedPort: one of our own ports, from which clients send too; 0 for none.
  public func suspects(_ source: Endpoint, trustsLowPorts: Bool, trustedPort: UInt16 = 0) -> Bool {
    let firstTrusted = trustsLowPorts ? 1 : Self.firstUserPort
    return source.port < firstTrusted || ownPorts.contains(source.port) && source.port != trustedPort
  }
}
