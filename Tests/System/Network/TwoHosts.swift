import Glibc
import SystemPackage
import Testing

/// Two hosts of the test's own and a wire between them: network namespaces and a veth pair. See ip-netns(8), veth(4).
struct TwoHosts: Sendable {
  static let ip = "/usr/sbin/ip"

  /// Whether this process may make them; tried once.
  static let canBeMade = getuid() == 0 && access(ip, X_OK) == 0

  let left: Host
  let right: Host

  /// Makes them for as long as the body runs.
  static func with<Result>(_ body: (TwoHosts) async throws -> Result) async throws -> Result {
    try await withoutWire { hosts in
      let (left, right) = (hosts.left, hosts.right)
      let ends = [left, right].map { "\(Host.interface) netns \($0.name)" }
      try await ip("link add \(ends[0]) type veth peer name \(ends[1])")
      try await hosts.join()
      return try await body(hosts)
    }
  }

  /// Makes them without ``Host/interface``.
  static func withoutWire<Result>(_ body: (TwoHosts) async throws -> Result) async throws -> Result {
    let id = UInt32.random(in: 0...UInt32.max)
    let hosts = TwoHosts(
      left: Host(name: "echod-l-\(id)", address: "10.255.0.1"),
      right: Host(name: "echod-r-\(id)", address: "10.255.0.2"))
    return try await withNetwork(hosts.left.name) {
      try await withNetwork(hosts.right.name) { try await body(hosts) }
    }
  }

  /// Connects them over their interfaces.
  func join() async throws {
    for host in [left, right] {
      try await host.ip("address add \(host.address)/24 dev \(Host.interface)")
      try await host.ip("link set \(Host.interface) up")
      try await host.ip("link set lo up")
    }
  }

  /// Makes a network for as long as the body runs. Its interfaces vanish with it.
  static func withNetwork<Result>(_ name: String, _ body: () async throws -> Result) async throws -> Result {
    try await ip("netns add \(name)")
    defer { system("\(ip) netns del \(name)") }
    return try await body()
  }

  /// Runs ip(8), which has to succeed.
  static func ip(_ command: String) async throws {
    let outcome = try await RunningProgram.run(ip, command.split(separator: " ").map(String.init))
    try #require(outcome.ending == .exit(0), "ip \(command): \(outcome.errors)")
  }
}

extension TwoHosts {
  /// One of them.
  struct Host: Sendable {
    /// What each calls its end of the wire.
    static let interface = "wire"

    let name: String
    /// Its address on the wire, of a private network.
    let address: String

    /// What comes before a command that is to run there.
    var wrapper: [String] { [TwoHosts.ip, "netns", "exec", name] }

    /// Runs a program there, which has to succeed.
    @discardableResult
    func run(_ command: [String], input: String = "") async throws -> String {
      let whole = wrapper + command
      let outcome = try await RunningProgram.run(whole[0], Array(whole.dropFirst()), input: input.utf8)
      try #require(outcome.ending == .exit(0), "\(command): \(outcome.errors)")
      return outcome.text
    }

    /// Runs ip(8) there.
    func ip(_ command: String) async throws { try await TwoHosts.ip("-netns \(name) \(command)") }

    /// Sends a datagram with a forged source from there.
    func forge(from source: (String, Int), to destination: (String, Int)) async throws {
      let ends = [source.0, "\(source.1)", destination.0, "\(destination.1)"]
      try await run(PythonProgram(file: "Network/forge.py", arguments: ends + ["forged"]).command)
    }
  }
}
