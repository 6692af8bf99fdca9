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

extension ProxyProtocol: Keyed {
  static let keys: [Key<ProxyProtocol>] = [
    Key(
      "from", \.from,
      .networks(empty: "an empty list allows no proxy; leave \"proxyProtocol\" out if there is none"),
      missing: "proxyProtocol needs the networks of the proxies",
      "The networks of the proxies. No other peer may use the listener."),
    Key(
      "datagrams", for: .udp, \.datagrams, .word("a choice of datagrams"),
      """
      UDP: which datagrams begin with a header: each of them, or the first from each address and port of a proxy.
      """),
  ]

  init() { self.init(from: []) }
}

extension ValueKind where Value == ProxyProtocol {
  static let proxyProtocol = object("a proxy setting or null", "The proxies.")
}
