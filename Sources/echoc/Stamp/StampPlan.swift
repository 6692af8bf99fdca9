import EchoCore

/// What one run of `echoc ping stamp://` is asked for, beside the ``PingPlan``.
struct StampPlan: Hashable, Sendable {
  /// The TTL or hop limit of requests, unless `-t` gives another. See RFC 8762, section 4.2.1.
  static let usualHopLimit: UInt8 = 255
  /// The longest message, as over UDP.
  static let messageLimit = LinkLimits.messageBytes(over: .udp).upperBound

  /// How our times are written.
  var format = StampTimeFormat.ntp
  /// The DSCP that requests leave with, and that replies shall have; `nil` to ask for none.
  var dscp: UInt8?
  /// Whether requests have the TLV Direct Measurement.
  var measuresDirectly = false
  /// Whether one-way times are shown though the clocks may differ.
  var showsOneWay = false
  /// The TTL or hop limit of requests.
  var hopLimit = usualHopLimit
  /// How many bytes a request has; `nil` for as many as it needs.
  var messageBytes: Int?

  /// How many bytes a request needs.
  var leastBytes: Int { StampMessage.baseBytes + tlvs.joined().count }

  /// Why no request can be as long as is asked for; `nil` if one can.
  var problem: String? {
    guard let messageBytes else { return nil }
    guard messageBytes >= leastBytes else {
      let tlvs = leastBytes > StampMessage.baseBytes ? " with these TLVs" : ""
      return "-s \(messageBytes) is too short: a message of STAMP\(tlvs) has at least \(leastBytes) bytes"
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
