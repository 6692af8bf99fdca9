public import Addresses

extension ListenerConfiguration {
  /// Who may use a listener that names no `allow`: loopback, link-local and private networks.
  public static let privateNetworks: [Prefix] = [
    "127.0.0.0/8",  // loopback, RFC 1122
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private, RFC 1918
    "100.64.0.0/10",  // shared address space, RFC 6598
    "169.254.0.0/16",  // link-local, RFC 3927
    "::1/128", "fe80::/10",  // loopback and link-local, RFC 4291
    "fc00::/7",  // unique local, RFC 4193
  ].compactMap { try? Prefix($0) }
}
