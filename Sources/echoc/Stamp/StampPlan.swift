import EchoCore

/// What one run of `echoc ping stamp://` is to do, in addition to the ``PingPlan``.
struct StampPlan: Hashable, Sendable {
  /// The TTL or hop limit of requests, unless `-t` gives another. See RFC 8762, section 4.2.1.
  static let usualHopLimit: UInt8 = 255
  /// The longest message, as over UDP.
  static let messageLimit = LinkLimits.messageBytes(over: .udp).upperBound

  /// The format of our timestamps.
  var format = StampTimeFormat.ntp
  /// The DSCP of requests, which replies are asked to have too; `nil` to ask for none.
  var dscp: UInt8?
  /// Whether requests have the TLV Direct Measurement.
  var measuresDirectly = false
  /// Whether one-way times are shown even if the clocks may differ.
  var showsOneWay = false
  /// The TTL or hop limit of requests.
  var hopLimit = usualHopLimit
  /// How many bytes a request has; `nil` for as many as it needs.
  var messageBytes: Int?

  /// How many bytes a request needs.
  var leastBytes: Int { StampMessage.baseBytes + tlvs.joined().count }

  /// Why requests cannot have the size that was asked for; `nil` if they can.
  var problem: String? {
    guard let messageBytes else { return nil }
    guard messageBytes >= leastBytes else {
      let tlvs = leastBytes > StampMessage.baseBytes ? " with these TLVs" : ""
      return "-s \(messageBytes) is too short: a STAMP message\(tlvs) has at least \(leastBytes) bytes"
    }
    guard messageBytes <= Self.messageLimit else {
      return "-s \(messageBytes) is not in the range \((leastBytes...Self.messageLimit).text)"
    }
    // Padding is a TLV, which has a header.
    let padding = messageBytes - leastBytes
    guard padding == 0 || padding >= StampTLV.headerBytes else {
      return
        "-s \(messageBytes) is not possible: use \(leastBytes), or at least \(leastBytes + StampTLV.headerBytes)"
    }
    return nil
  }

  /// The TLVs before the padding. The count of the Direct Measurement is filled in later.
  var tlvs: [[UInt8]] {
    var tlvs: [[UInt8]] = []
    if let dscp {
      tlvs.append(StampTLV.requested(.classOfService, value: StampClassOfService(requestedDSCP: dscp).bytes))
    }
    if measuresDirectly {
      tlvs.append(StampTLV.requested(.directMeasurement, value: StampDirectMeasurement(sent: 0).bytes))
    }
    return tlvs
  }
}
