import CLinux
import Glibc
public import SystemPackage

// The longest packets that a path carries. See ip(7), IP_MTU_DISCOVER and IP_MTU, and ipv6(7).
extension DatagramSocket {
  /// Makes every datagram leave in one packet, over IPv4 with DF. A datagram that is longer than the interface's MTU is
  /// refused with EMSGSIZE. One that is longer than the MTU of a later link is dropped there, and the router may report
  /// it.
  ///
  /// This is IP_PMTUDISC_PROBE. With IP_PMTUDISC_DO the kernel would also refuse what is longer than the path MTU that it
  /// remembers. It remembers a report for ten minutes, so the path may be wider by now, and the report may have been
  /// forged.
  public func forbidFragments() throws(Errno) {
    if try isIPv6 {
      try SystemCall.setOption(
        descriptor, level: Int32(IPPROTO_IPV6), IPV6_MTU_DISCOVER, to: IPV6_PMTUDISC_PROBE)
    } else {
      try SystemCall.setOption(descriptor, level: Int32(IPPROTO_IP), IP_MTU_DISCOVER, to: IP_PMTUDISC_PROBE)
    }
  }

  /// What the kernel believes to be the path MTU to the peer of a connected socket, in bytes with all headers: the
  /// interface's or the route's, or a smaller one that a router has reported. `nil` if it does not know.
  public var knownPathMTU: Int? {
    guard let isIPv6 = try? isIPv6 else { return nil }
    let (level, name) = isIPv6 ? (IPPROTO_IPV6, IPV6_MTU) : (IPPROTO_IP, IP_MTU)
    return (try? SystemCall.option(descriptor, level: Int32(level), name)).map(Int.init)
  }

  private var isIPv6: Bool {
    get throws(Errno) { try SystemCall.option(descriptor, level: SOL_SOCKET, SO_DOMAIN) == AF_INET6 }
  }
}
