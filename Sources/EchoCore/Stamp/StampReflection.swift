/// Fills in what the TLVs of a request ask for. See RFC 8972, section 4.
struct StampReflection {
  /// Where a clock gets its time from.
  enum TimeSource: UInt8 {
    case ntp = 1
    case ptp = 2
    /// It runs freely.
    case local = 5
  }

  /// How many requests of the session have come, and how many replies have been sent, this one included.
  struct Counts {
    var received: UInt32
    var sent: UInt32
  }

  /// Timestamps by software: this machine's kernel, or the reflector itself.
  private static let softwareMethod: UInt8 = 2

  var timeSource: TimeSource
  /// The traffic class that the request arrived with.
  var trafficClass: UInt8
  /// `nil` without sessions: Direct Measurement is then not supported.
  var counts: Counts?
  /// The reply before this one; `nil` for none.
  var lastReply: StampSessions.Departure?

  /// Fills in the TLVs of a message that becomes the reply. Returns the DSCP to send it with; `nil` if none is asked for.
  func fillIn(_ message: UnsafeMutableRawBufferPointer) -> UInt8? {
    var dscp: UInt8?
    var tlvs = StampTLVs(in: UnsafeRawBufferPointer(message))
    while let tlv = tlvs.next(in: UnsafeRawBufferPointer(message)) {
      guard !tlv.isMalformed else {
        let flags: StampTLV.Flags = tlv.kind == nil ? [.malformed, .unrecognized] : .malformed
        message[tlv.offset] = flags.rawValue
        break
      }
      let isRecognized = fillIn(tlv, of: message, &dscp)
      message[tlv.offset] = isRecognized ? 0 : StampTLV.Flags.unrecognized.rawValue
    }
    return dscp
  }

  /// Returns whether the TLV is one that this reflector supports.
  private func fillIn(_ tlv: StampTLV, of message: UnsafeMutableRawBufferPointer, _ dscp: inout UInt8?)
    -> Bool
  {
    let value = tlv.value.lowerBound
    switch tlv.kind {
    case .extraPadding: break
    case .timestampInformation:
      message[value] = timeSource.rawValue
      message[value + 1] = Self.softwareMethod
      message[value + 2] = timeSource.rawValue
      message[value + 3] = Self.softwareMethod
    case .classOfService:
      var service = StampClassOfService(requestedDSCP: message[value] >> 2)
      (service.receivedDSCP, service.receivedECN) = (trafficClass >> 2, trafficClass & 3)
      // There is one reply, so a further TLV can only have the same DSCP.
      let sent = dscp ?? service.requestedDSCP
      service.reversePath = sent == service.requestedDSCP ? 0 : 1
      dscp = sent
      message.store(service.bits, at: value)
      message.store(UInt16(0), at: value + 2)
    case .directMeasurement:
      guard let counts else { return false }
      message.store(counts.received, at: value + 4)
      message.store(counts.sent, at: value + 8)
    case .followUpTelemetry:
      message.store(lastReply?.sequence ?? 0, at: value)
      message.store(lastReply?.timestamp ?? 0, at: value + 4)
      message.store(lastReply == nil ? 0 : UInt32(Self.softwareMethod) << 24, at: value + 12)
    case nil: return false
    }
    return true
  }
}
