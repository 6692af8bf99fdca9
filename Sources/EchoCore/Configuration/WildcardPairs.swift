import Addresses

// Wildcards of both families on one port: each serves its own family. On `::` alone IPv4 is served too.

extension Configuration {
  /// Whether a listener on `::` leaves IPv4 to a socket of the file on `0.0.0.0`, of the same transport and port.
  public func isIPv6Only(_ listener: ListenerConfiguration) -> Bool {
    BoundAddress(of: listener).map(isIPv6Only) ?? false
  }

  /// As ``isIPv6Only(_:)-(ListenerConfiguration)``.
  public func isIPv6Only(_ admin: AdminEndpoint) -> Bool {
    BoundAddress(of: admin).map(isIPv6Only) ?? false
  }

  private func isIPv6Only(_ address: BoundAddress) -> Bool {
    guard case .internet(let transport, IPAddress(bits: 0), let port) = address else { return false }
    let other = BoundAddress.internet(transport, IPAddress(v4: 0), port: port)
    return admin.flatMap { BoundAddress(of: $0.endpoint) } == other
      || listeners.contains { BoundAddress(of: $0) == other }
  }
}
