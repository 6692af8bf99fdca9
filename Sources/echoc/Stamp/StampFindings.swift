import EchoCore

/// What the replies of a session say about its reflector.
struct StampFindings {
  /// The DSCPs that arrived, if one was asked for.
  private(set) var markings: StampMarkings?
  /// What both ends have counted, from the reply to the newest message.
  private(set) var directMeasurement: StampDirectMeasurement?
  /// The TLVs that the reflector does not support.
  private(set) var unknownTLVs: Set<StampTLV.Kind> = []
  /// Whether the reflector repeats the session identifier.
  private(set) var hasSessionID = true
  /// The format of the reflector's timestamps; `nil` before the first reply.
  private(set) var format: StampTimeFormat?
  /// The largest sum of both ends' errors in seconds, if both say that they are synchronized.
  private(set) var clockErrorSeconds: Double?

  init(markings: StampMarkings?) { self.markings = markings }

  /// Takes the first reply to a request.
  mutating func note(
    _ answer: StampAnswer, _ variables: StampRequests.Variables, trafficClass: UInt8?
  ) {
    format = answer.errorEstimate.format
    let estimates = [variables.errorEstimate, answer.errorEstimate]
    if estimates.allSatisfy(\.isSynchronized), let ours = estimates[0].seconds,
      let theirs = estimates[1].seconds
    {
      clockErrorSeconds = max(clockErrorSeconds ?? 0, ours + theirs)
    }
    unknownTLVs.formUnion(answer.unknownTLVs)
    if !answer.hasSessionID { hasSessionID = false }
    if let counts = answer.directMeasurement, counts.isLater(than: directMeasurement) {
      directMeasurement = counts
    }
    markings?.record(answer.classOfService, replyTrafficClass: trafficClass)
  }
}

extension StampDirectMeasurement {
  /// Whether it is about a later message than other counts, which wrap.
  fileprivate func isLater(than other: StampDirectMeasurement?) -> Bool {
    other.map { Int32(bitPattern: sent &- $0.sent) > 0 } ?? true
  }
}
