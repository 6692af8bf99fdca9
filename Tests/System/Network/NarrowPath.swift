import Addresses
import Testing

/// A path that is narrower than the server's link: client, router and server. The client's link has a smaller MTU.
struct NarrowPath: Sendable {
  /// The MTU of the client's link; the server's has 1500.
  static let mtu = 1400
  /// Where the server is reached.
  static let (serverIPv4, serverIPv6) = ("10.255.2.1", "fd00:255:2::1")

  let client: TwoHosts.Host
  let server: TwoHosts.Host
  let router: TwoHosts.Host

  /// Makes the path for as long as the body runs.
  ///
  /// - Parameters:
  ///   - isFiltered: whether the router's messages about packets that are too big are lost.
  static func with<Result>(isFiltered: Bool, _ body: (NarrowPath) async throws -> Result) async throws
    -> Result
  {
    try await TwoHosts.withoutWire { hosts in
      let router = TwoHosts.Host(name: hosts.left.name + "-r", address: "")
      return try await TwoHosts.withNetwork(router.name) {
        try await connect(hosts.left, number: 1, to: router)
        try await connect(hosts.right, number: 2, to: router)
        try await hosts.left.ip("link set \(TwoHosts.Host.interface) mtu \(mtu)")
        try await router.ip("link set to1 mtu \(mtu)")
        try await router.run(["/bin/sh", "-ec", isFiltered ? forwarding + filter : forwarding])
        // In a new network a packet can be lost before the neighbors know each other.
        for address in [serverIPv4, serverIPv6] {
          try await hosts.left.run(["/usr/bin/ping", "-q", "-c1", "-w20", address])
        }
        return try await body(NarrowPath(client: hosts.left, server: hosts.right, router: router))
      }
    }
  }

  private static let forwarding = """
    echo 1 > /proc/sys/net/ipv4/ip_forward
    echo 1 > /proc/sys/net/ipv6/conf/all/forwarding

    """

  private static let filter = """
    PATH=/usr/sbin:$PATH
    nft add table inet path
    nft add chain inet path out '{ type filter hook output priority 0; }'
    nft add rule inet path out icmp type destination-unreachable drop
    nft add rule inet path out icmpv6 type packet-too-big drop
    """

  private static func connect(_ host: TwoHosts.Host, number: Int, to router: TwoHosts.Host) async throws {
    let wire = TwoHosts.Host.interface
    let end = "to\(number)"
    try await TwoHosts.ip(
      "link add \(wire) netns \(host.name) type veth peer name \(end) netns \(router.name)")
    for (host, interface, last) in [(host, wire, "1"), (router, end, "254")] {
      try await host.ip("address add 10.255.\(number).\(last)/24 dev \(interface)")
      try await host.ip("address add fd00:255:\(number)::\(last)/64 dev \(interface) nodad")
      try await host.ip("link set \(interface) up")
    }
    try await host.ip("link set lo up")
    try await host.ip("route add default via 10.255.\(number).254")
    try await host.ip("route add default via fd00:255:\(number)::254")
  }
}
