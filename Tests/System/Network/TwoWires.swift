/// Two hosts, connected by two wires. A host has the same link-local address on both wires.
enum TwoWires {
  /// What each host calls its end of the second wire; that of the first is ``TwoHosts/Host/interface``.
  static let second = "wire2"
  /// The left host's address on the second wire.
  static let secondAddress = "10.255.1.1"
  /// The left host's link-local address on both wires; the right host's is `fe80::2`.
  static let linkLocal = "fe80::1"

  /// Makes them for as long as the body runs.
  static func with<Result>(_ body: (TwoHosts) async throws -> Result) async throws -> Result {
    try await TwoHosts.with { hosts in
      try await addSecond(to: hosts)
      try await addLinkLocal(to: TwoHosts.Host.interface, of: hosts)
      return try await body(hosts)
    }
  }

  /// Makes the second wire, also after it was deleted.
  static func addSecond(to hosts: TwoHosts) async throws {
    let (left, right) = (hosts.left.name, hosts.right.name)
    try await TwoHosts.ip("link add \(second) netns \(left) type veth peer name \(second) netns \(right)")
    for (host, address) in [(hosts.left, secondAddress), (hosts.right, "10.255.1.2")] {
      try await host.ip("address add \(address)/24 dev \(second)")
      try await host.ip("link set \(second) up")
    }
    try await addLinkLocal(to: second, of: hosts)
  }

  private static func addLinkLocal(to interface: String, of hosts: TwoHosts) async throws {
    try await hosts.left.ip("address add \(linkLocal)/64 dev \(interface) nodad")
    try await hosts.right.ip("address add fe80::2/64 dev \(interface) nodad")
  }
}
