import Addresses
import EchoCore
import Logging

/// A log message that says how a listener impairs its replies on purpose.
struct ImpairmentNotice: Equatable {
  /// The sentence.
  let text: String

  /// `nil` for a listener without `impair`.
  init?(of impairer: Impairer?) {
    guard let impairer else { return nil }
    let effects = Self.effects(of: impairer.impairment)
    guard !effects.isEmpty else {
      text = "impair is set, but has no effect"
      return
    }
    let origin = impairer.impairment.seed == nil ? ", picked at random" : ""
    text =
      "replies are impaired on purpose: \(effects.joined(separator: ", ")); seed \(impairer.seed)\(origin)"
  }

  /// The message when a reload ends the impairment.
  static let end = "replies are no longer impaired"

  /// Why duplicates are a danger on a listener that anyone can reach; `nil` where they are not.
  static func warning(of listener: ListenerConfiguration, boundTo address: IPAddress) -> String? {
    // Proxies send the replies on to their clients.
    let isPublic = listener.isPublic && !address.isLoopback
    let hasPublicProxies = listener.proxyProtocol != nil && listener.hasPublicClients
    guard (listener.impair?.duplicatePercent ?? 0) > 0, isPublic || hasPublicProxies else { return nil }
    return """
      duplicatePercent on a listener that is open beyond private networks: the replies to a forged address can add up \
      to twice the bytes received
      """
  }

  private static func effects(of impairment: Impairment) -> [String] {
    func percent(_ value: Double?) -> String? {
      value.flatMap { $0 > 0 ? "\(Int(exactly: $0).map { "\($0)" } ?? "\($0)")%" : nil }
    }
    let delay = impairment.delayMilliseconds.flatMap { $0 > 0 ? "\($0) ms" : nil }
    let jitter = impairment.jitterMilliseconds.flatMap { $0 > 0 ? " ± \($0) ms" : nil } ?? ""
    let effects: [String?] = [
      percent(impairment.lossPercent).map { "\($0) lost" },
      percent(impairment.duplicatePercent).map { "\($0) sent twice" },
      percent(impairment.corruptPercent).map { "\($0) with a flipped bit" },
      percent(impairment.reorderPercent).map { "\($0) sent ahead of others" },
      delay.map { "delayed by \($0)\(jitter)" },
      impairment.bytesPerSecond.map { "at most \($0) bytes a second for each client" },
      impairment.closeAfterBytes.map { "connections closed after \($0) bytes" },
      impairment.resetAfterBytes.map { "connections reset after \($0) bytes" },
      impairment.sliceBytes.map { "sent in pieces of \($0) bytes" },
    ]
    return effects.compactMap(\.self)
  }
}
