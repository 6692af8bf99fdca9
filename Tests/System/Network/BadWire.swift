import Foundation
import Glibc
import Testing

/// A bad wire between two hosts: a third network, in which a relay forwards their frames.
///
/// The relay is `relay.py`, because the kernel may lack tc-netem(8).
struct BadWire: Sendable {
  /// What happens to the frames of one direction, with probabilities from 0 to 1.
  struct Faults: Sendable {
    var lost = 0.0
    var duplicated = 0.0
    /// Overtakes those that are delayed.
    var reordered = 0.0
    var milliseconds = 0

    fileprivate var argument: String { "\(lost),\(duplicated),\(reordered),\(milliseconds)" }
  }

  /// What happened to the frames of one direction.
  struct Counts: Decodable, Sendable {
    var came: Int
    var lost: Int
    var duplicated: Int
    var overtaken: Int
  }

  private static let ethtool = "/usr/sbin/ethtool"

  /// Whether this process may make one.
  static let canBeMade = TwoHosts.canBeMade && access(ethtool, X_OK) == 0

  private let relay: RunningProgram

  /// Makes two hosts and the wire between them for as long as the body runs.
  static func with<Result>(
    seed: Int, toRight: Faults, toLeft: Faults, _ body: (TwoHosts, BadWire) async throws -> Result
  ) async throws -> Result {
    try await TwoHosts.withoutWire { hosts in
      let middle = TwoHosts.Host(name: hosts.left.name + "-r", address: "")
      return try await TwoHosts.withNetwork(middle.name) {
        for (host, end) in [(hosts.left, "left"), (hosts.right, "right")] {
          let wire = TwoHosts.Host.interface
          try await TwoHosts.ip(
            "link add \(wire) netns \(host.name) type veth peer name \(end) netns \(middle.name)")
          try await middle.ip("link set \(end) up")
          // Otherwise frames come without checksums, and in any length.
          try await host.run([ethtool, "-K", wire, "tx", "off"])
        }
        try await hosts.join()
        let arguments = ["\(seed)", "left", toRight.argument, "right", toLeft.argument]
        let command = middle.wrapper + PythonProgram(file: "Network/relay.py", arguments: arguments).command
        return try await RunningProgram.with(
          command[0], Array(command.dropFirst()), input: .pipe, deadlineSeconds: 120
        ) { relay in
          _ = try await relay.line { $0 == "The wire is ready" }
          return try await body(hosts, BadWire(relay: relay))
        }
      }
    }
  }

  /// Waits until no frame is under way. Returns what happened to the frames of each direction.
  @discardableResult
  func settle() async throws -> (toRight: Counts, toLeft: Counts) {
    let before = relay.printed(on: .output).count
    relay.write("\n")
    try await relay.wait { $0.count > before && $0.last == UInt8(ascii: "\n") }
    let counts = try JSONDecoder().decode(
      [Counts].self, from: Data(relay.printed(on: .output).dropFirst(before)))
    try #require(counts.count == 2)
    return (counts[0], counts[1])
  }
}
