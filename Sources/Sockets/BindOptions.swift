import Glibc
public import SystemPackage

/// How a socket is bound, beside the endpoint.
public struct BindOptions: Hashable, Sendable {
  /// Whether the IPv6 wildcard leaves IPv4 to another socket. See ipv6(7), IPV6_V6ONLY.
  public var isIPv6Only: Bool
  /// The index of the only interface, or VRF device, whose traffic the socket gets; 0 for every interface. Needs no
  /// capability. See socket(7), SO_BINDTODEVICE.
  public var interface: UInt32
  /// Whether the address may be one that the machine does not have. See ip(7), IP_FREEBIND.
  public var freeBind: Bool

  /// Makes options; by default the IPv6 wildcard is dual-stack.
  public init(isIPv6Only: Bool = false, interface: UInt32 = 0, freeBind: Bool = false) {
    self.isIPv6Only = isIPv6Only
    self.interface = interface
    self.freeBind = freeBind
  }
}

extension Descriptor {
  /// Sets what has to be set before the bind.
  func set(_ options: BindOptions, family: AddressFamily, isWildcard: Bool) throws(Errno) {
    if family == .ipv6 {
      // Always set, because the system's default can be changed.
      let only: Int32 = isWildcard && !options.isIPv6Only ? 0 : 1
      try SystemCall.setOption(self, level: Int32(IPPROTO_IPV6), IPV6_V6ONLY, to: only)
    }
    if options.interface != 0 {
      let index = Int32(bitPattern: options.interface)
      try SystemCall.setOption(self, level: SOL_SOCKET, Int32(SO_BINDTOIFINDEX), to: index)
    }
    if options.freeBind {
      switch family {
      case .ipv4:
        try SystemCall.setOption(self, level: Int32(IPPROTO_IP), Int32(IP_FREEBIND), to: 1)
      case .ipv6:
        try SystemCall.setOption(self, level: Int32(IPPROTO_IPV6), Int32(IPV6_FREEBIND), to: 1)
      }
    }
  }

  /// Reads back how a socket was bound. IPV6_V6ONLY counts only for the wildcard: other addresses always have it. A Unix
  /// socket has no options.
  public func boundOptions() throws(Errno) -> BindOptions {
    guard let endpoint = try localEndpoint() else { return BindOptions() }
    var options = BindOptions(interface: try boundInterface())
    // An IPv4 address that is mapped is bound on an IPv6 socket too.
    if try SystemCall.option(self, level: SOL_SOCKET, SO_DOMAIN) == AF_INET6 {
      let ipv6 = Int32(IPPROTO_IPV6)
      let only = try SystemCall.option(self, level: ipv6, IPV6_V6ONLY)
      options.isIPv6Only = only != 0 && endpoint.address.isUnspecified
      options.freeBind = try SystemCall.option(self, level: ipv6, Int32(IPV6_FREEBIND)) != 0
    } else {
      options.freeBind = try SystemCall.option(self, level: Int32(IPPROTO_IP), Int32(IP_FREEBIND)) != 0
    }
    return options
  }

  /// The index of the interface that the socket is bound to; 0 for none. See socket(7), SO_BINDTOIFINDEX.
  func boundInterface() throws(Errno) -> UInt32 {
    UInt32(bitPattern: try SystemCall.option(self, level: SOL_SOCKET, Int32(SO_BINDTOIFINDEX)))
  }

  /// The name of the interface that the socket is bound to; `nil` for none, or for one that is gone.
  public func interfaceName() throws(Errno) -> String? {
    let index = try boundInterface()
    guard index != 0 else { return nil }
    return NetworkInterface.name(of: index)
  }
}
