import Addresses
import Testing

/// Two hosts on a wire that delays one direction and loses in the other, the same messages in every run. What a sender
/// measures has to say which direction does what.
struct OneWayWire: Sendable {
  /// From the sender's point of view.
  enum Direction: Sendable, CaseIterable {
    case there, back
  }

  /// How much the slow direction delays.
  static let delayMilliseconds = 20
  /// The share that the other direction loses.
  static let loss = 0.1
  private static let seed = 862

  /// Where the sender and the reflector run.
  let sender: TwoHosts.Host
  let reflector: TwoHosts.Host
  private let wire: BadWire

  /// Whether this process may make one.
  static let canBeMade = BadWire.canBeMade

  /// The reflector's address, as ``TwoHosts/Host/address`` or over IPv6.
  func reflectorAddress(isIPv6: Bool) -> String { isIPv6 ? "fd00:ff::2" : reflector.address }

  /// Makes them for as long as the body runs.
  static func with<Result>(
    slow: Direction, _ body: (OneWayWire) async throws -> Result
  ) async throws -> Result {
    let (delaying, losing) = (BadWire.Faults(milliseconds: delayMilliseconds), BadWire.Faults(lost: loss))
    return try await BadWire.with(
      seed: seed, toRight: slow == .there ? delaying : losing, toLeft: slow == .there ? losing : delaying
    ) { hosts, wire in
      let device = "dev \(TwoHosts.Host.interface)"
      try await hosts.left.ip("address add fd00:ff::1/64 \(device) nodad")
      try await hosts.right.ip("address add fd00:ff::2/64 \(device) nodad")
      return try await body(OneWayWire(sender: hosts.left, reflector: hosts.right, wire: wire))
    }
  }

  /// Waits until nothing is under way. Returns how many datagrams each direction lost.
  func lost() async throws -> (there: Int, back: Int) {
    let (there, back) = try await wire.settle()
    return (there.lost, back.lost)
  }
}
