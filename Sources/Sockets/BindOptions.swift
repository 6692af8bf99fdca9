/// How a socket is bound, beside the endpoint.
public struct BindOptions: Hashable, Sendable {
  /// Whether the IPv6 wildcard leaves IPv4 to another socket. See ipv6(7), IPV6_V6ONLY.
  public var isIPv6Only: Bool

  /// Makes options; by default the IPv6 wildcard is dual-stack.
  public init(isIPv6Only: Bool = false) {
    self.isIPv6Only = isIPv6Only
  }
}
