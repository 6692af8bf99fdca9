import Addresses
import EchoCore
import Logging

/// A log message that says who can reach a listener.
struct Exposure: Equatable {
  /// How many networks are named; the others are counted.
  static let networkLimit = 12

  let level: Logger.Level
  let text: String

  /// `nil` for a listener that is bound to loopback. The address of a passed socket may differ from that in the
  /// configuration.
  init?(of listener: ListenerConfiguration, boundTo address: IPAddress) {
    guard !address.isLoopback else { return nil }
    let missing = Self.missingLimits(of: listener)
    level = missing.isEmpty ? .info : .warning
    let limits =
      missing.isEmpty
      ? "" : " (not only private networks), without \(missing.joined(separator: " and "))"
    text = "open to \(Self.networks(of: listener))\(limits)"
  }

  private static func networks(of listener: ListenerConfiguration) -> String {
    let networks = listener.allow.map { "\($0)" }
    if networks.contains("0.0.0.0/0") && networks.contains("::/0") { return "everyone" }
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
