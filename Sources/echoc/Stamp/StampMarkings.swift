import EchoCore

/// The DSCPs with which messages arrived.
struct StampMarkings: Hashable {
  /// What was sent.
  let sent: UInt8
  /// How many requests arrived with each DSCP, as the reflector says, and how many replies did.
  private(set) var there: [UInt8: Int] = [:]
  private(set) var back: [UInt8: Int] = [:]
  /// Replies that the reflector, by its policy, did not send with the DSCP that it was asked for.
  private(set) var refused = 0

  /// Markings of requests with a DSCP.
  init(sent: UInt8) { self.sent = sent }

  /// Takes what is known about a reply.
  mutating func record(_ value: StampClassOfService?, replyTrafficClass: UInt8?) {
    if let value {
      there[value.receivedDSCP, default: 0] += 1
      if value.reversePath != 0 { refused += 1 }
    }
    if let replyTrafficClass { back[replyTrafficClass >> 2, default: 0] += 1 }
  }
}
