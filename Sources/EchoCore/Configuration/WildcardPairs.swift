import Addresses

// Wildcards of both families on one port: each serves its own family. On `::` alone IPv4 is served too.

extension Configuration {
  /// Whether a socket on `::` leaves IPv4 to another one of the file on `0.0.0.0`, of the same transport and port; not
  /// on a port that the kernel chooses, which has no address yet.
  public func isIPv6Only(_ address: BoundAddress?) -> Bool {
    guard let address, address.isWildcard(of: IPAddress(bits: 0)) else { return false }
    let adminAddress = admin.flatMap { BoundAddress(of: $0.endpoint) }
    return ([adminAddress] + listeners.map(BoundAddress.init)).contains { other in
      other.map { $0.isWildcard(of: IPAddress(v4: 0)) && $0.sharesPort(with: address) } ?? false
    }
  }
}

extension BoundAddress {
  fileprivate func isWildcard(of wildcard: IPAddress) -> Bool {
    if case .internet(_, wildcard, _, _) = self { true } else { false }
  }

  /// Whether both have the same transport and port, on an interface that both are on.
  func sharesPort(with other: BoundAddress) -> Bool {
    guard case .internet(let transport, _, let port, let interface) = self,
      case .internet(transport, _, port, let otherInterface) = other
    else { return false }
    return interface == nil || otherInterface == nil || interface == otherInterface
  }
}
