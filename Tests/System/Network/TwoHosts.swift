import Glibc
import Testing

/// Two hosts of the test's own and a wire between them: network namespaces and a veth pair. See ip-netns(8), veth(4).
struct TwoHosts: Sendable {
  /// One of them.
  struct Host: Sendable {
    let name: String
    /// Its address on the wire, of a private network.
    let address: String

    /// What comes before a command that is to run there.
    var wrapper: [String] { [TwoHosts.ip, "netns", "exec", name] }

    /// Runs a program there to its end, which has to be a good one.
    @discardableResult
    func run(_ command: [String], input: String = "") async throws -> String {
      let whole = wrapper + command
      let outcome = try await RunningProgram.run(whole[0], Array(whole.dropFirst()), input: input.utf8)
      try #require(outcome.ending == .exit(0), "\(command): \(outcome.errors)")
      return outcome.text
    }

    /// Sends a datagram from there whose source is forged.
    func forge(from source: (String, Int), to destination: (String, Int)) async throws {
      let ends = [source.0, "\(source.1)", destination.0, "\(destination.1)"]
      try await run(PythonProgram(file: "Network/forge.py", arguments: ends + ["forged"]).command)
    }
  }

  static let ip = "/usr/sbin/ip"

  /// Whether this process may make them; tried once.
  static let canBeMade = getuid() == 0 && access(ip, X_OK) == 0

  let left: Host
  let right: Host

  /// Makes them for as long as the body runs.
  static func with<Result>(_ body: (TwoHosts) async throws -> Result) async throws -> Result {
    let id = UInt16.random(in: 0...UInt16.max)
    let hosts = TwoHosts(
      left: Host(name: "echod-l-\(id)", address: "10.255.0.1"),
      right: Host(name: "echod-r-\(id)", address: "10.255.0.2"))
    defer { hosts.remove() }
    let wires = ["veth-l-\(id)", "veth-r-\(id)"]
    var commands = ["link add \(wires[0]) type veth peer name \(wires[1])"]
    for (host, wire) in zip([hosts.left, hosts.right], wires) {
      commands += [
        "netns add \(host.name)", "link set \(wire) netns \(host.name)",
        "-netns \(host.name) address add \(host.address)/24 dev \(wire)",
        "-netns \(host.name) link set \(wire) up", "-netns \(host.name) link set lo up",
      ]
    }
    for command in commands {
      let outcome = try await RunningProgram.run(ip, command.split(separator: " ").map(String.init))
      try #require(outcome.ending == .exit(0), "ip \(command): \(outcome.errors)")
    }
    return try await body(hosts)
  }

  /// Their wire goes with them.
  private func remove() {
    for host in [left, right] { system("\(Self.ip) netns del \(host.name) 2> /dev/null") }
  }
}
