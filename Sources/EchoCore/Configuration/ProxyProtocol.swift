public import Addresses

/// The proxies of a listener: the key `proxyProtocol`.
public struct ProxyProtocol: Hashable, Sendable {
  /// Which datagrams begin with a PROXY header.
  public enum Datagrams: String, CaseIterable, Sendable {
    /// Each one.
    case each
    /// The first of each peer endpoint.
    case first
  }

  /// The networks of the proxies, which alone may use the listener.
  public var from: [Prefix]
  /// UDP: which datagrams begin with a header.
  public var datagrams: Datagrams

  /// Makes a value of its parts.
  public init(from: [Prefix], datagrams: Datagrams = .each) {
    self.from = from
    self.datagrams = datagrams
  }
}
