import Addresses
import EchoCore
import Logging

/// A log message that says who can reach a listener.
struct Exposure: Equatable {
  /// How many networks are named; the others are counted.
  static let networkLimit = 12

  let level: Logger.Level
  let text: String

  /// `nil` for a listener that is bound to loopback and has no proxies. The address of a passed socket may differ from
  /// that in the configuration.
  ///
  /// Only its proxies can reach a listener that has some, so their networks say how open it is, wherever the clients
  /// are.
  init?(of listener: ListenerConfiguration, boundTo address: IPAddress) {
    guard !address.isLoopback || listener.proxyProtocol != nil else { return nil }
    let missing = address.isLoopback ? [] : Self.missingLimits(of: listener)
    let limits =
      missing.isEmpty
      ? "" : " (not only private networks), without \(missing.joined(separator: " and "))"
    let clients = Self.text(of: listener.allow)
    guard let proxies = listener.proxyProtocol.map({ Self.text(of: $0.from) }) else {
      level = missing.isEmpty ? .info : .warning
      text = "open to \(clients)\(limits)"
      return
    }
    let isUnsafe = proxies == Self.everyone && !address.isLoopback
    level = missing.isEmpty && !isUnsafe ? .info : .warning
    text =
      "open to \(proxies == Self.everyone ? "any proxy" : "the proxies in \(proxies)")\(limits), for "
      + "\(clients == Self.everyone ? "" : "clients in ")\(clients)"
      + (isUnsafe ? "; any peer can name any client" : "")
  }

  private static let everyone = "everyone"

  private static func text(of networks: [Prefix]) -> String {
    let networks = networks.map { "\($0)" }
    if networks.contains("0.0.0.0/0") && networks.contains("::/0") { return everyone }
    let more = networks.count - networkLimit
    return networks.prefix(networkLimit).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  private static func missingLimits(of listener: ListenerConfiguration) -> [String] {
    guard listener.isPublic else { return [] }
    let limits: [(name: String, isSet: Bool)] =
      switch listener.transport {
      case .udp:
        [("rateLimit", listener.rateLimit != nil), ("totalRateLimit", listener.totalRateLimit != nil)]
      case .tcp:
        [
          ("maxConnectionsPerClient", listener.maxConnectionsPerClient != nil),
          ("idleTimeoutSeconds", listener.idleTimeoutSeconds != 0),
        ]
      }
    return limits.filter { !$0.isSet }.map(\.name)
  }
}
