public import Addresses

/// Who may use a listener: the networks of its `allow`.
public struct AccessList: Sendable {
  private let prefixes: [Prefix]

  /// A list of networks.
  public init(_ prefixes: [Prefix]) {
    self.prefixes = prefixes
  }

  /// Whether an address lies in one of the networks. A v4-mapped address is judged as IPv4.
  public func permits(_ address: IPAddress) -> Bool {
    prefixes.contains { $0.contains(address) }
  }
}
