import EchoCore

/// What a reply says, after everything in it that can be checked was checked.
struct StampAnswer: Hashable {
  /// The reflector's number of the reply; the request's if the reflector keeps no sessions.
  var sequence: UInt32
  /// When the request came and when the reply left (T2, T3), by the reflector's clock.
  var arrival: Int64
  var departure: Int64
  /// How accurate these are.
  var errorEstimate: StampErrorEstimate
  /// The TTL or hop limit that the request arrived with; 0 if the reflector does not know it.
  var hopLimit: UInt8
  /// Whether the reflector supports session identifiers. One that only implements RFC 8762 sends 0.
  var hasSessionID: Bool
  var classOfService: StampClassOfService?
  var directMeasurement: StampDirectMeasurement?
  /// The TLVs that the reflector does not support.
  var unknownTLVs: [StampTLV.Kind] = []

  /// How long the reflector took.
  var reflectorTime: Int64 { departure &- arrival }

  /// Reads the reply to a request.
  ///
  /// - Parameters:
  ///   - reply: the whole datagram.
  ///   - variables: those of the request whose sequence number it repeats.
  ///   - now: the approximate time of day in nanoseconds, which determines the era of the reflector's times.
  init(
    _ reply: ArraySlice<UInt8>, to variables: StampRequests.Variables, of requests: StampRequests, now: Int64
  ) throws(StampFault) {
    let message = try Self.message(reply, of: requests)
    guard message.senderSequence == variables.sequence else {
      throw .unknownSequence(message.senderSequence)
    }
    guard message.senderTimestamp == variables.timestamp else { throw .senderTime }
    guard message.senderErrorEstimate == variables.errorEstimate else { throw .senderErrorEstimate }
    let format = message.errorEstimate.format
    let arrival = try Self.time(message.receiveTimestamp, "T2", format, now)
    let departure = try Self.time(message.timestamp, "T3", format, now)
    guard departure >= arrival else { throw .leftBeforeArrival(nanoseconds: arrival &- departure) }
    (sequence, hopLimit, errorEstimate) = (message.sequence, message.senderHopLimit, message.errorEstimate)
    (self.arrival, self.departure) = (arrival, departure)
    hasSessionID = message.sessionID == requests.sessionID
    for tlv in requests.layout { try take(tlv, in: reply, variables, requests) }
  }

  /// A time of the reflector. 0 is none: see RFC 5905, section 6.
  private static func time(
    _ timestamp: UInt64, _ name: String, _ format: StampTimeFormat, _ now: Int64
  ) throws(StampFault) -> Int64 {
    guard timestamp != 0, let time = format.nanoseconds(of: timestamp, near: now) else {
      throw .malformedTime(name)
    }
    return time
  }

  /// The base message of a datagram, if it can be a reply to one of the requests.
  static func message(_ reply: ArraySlice<UInt8>, of requests: StampRequests) throws(StampFault) -> StampReply
  {
    guard reply.count == requests.byteCount, let message = reply.withUnsafeBytes({ StampReply(reading: $0) })
    else { throw .length(reply.count, expected: requests.byteCount) }
    guard message.sessionID == requests.sessionID || message.sessionID == 0 else {
      throw .sessionID(message.sessionID, expected: requests.sessionID)
    }
    return message
  }

  private mutating func take(
    _ tlv: StampRequests.Layout, in reply: ArraySlice<UInt8>, _ variables: StampRequests.Variables,
    _ requests: StampRequests
  ) throws(StampFault) {
    let type = tlv.kind.rawValue
    let begin = reply.startIndex + tlv.value.lowerBound
    let header = Array(reply[(begin - StampTLV.headerBytes)..<begin])
    let length = tlv.value.count
    guard header[1] == type, Int(header[2]) << 8 | Int(header[3]) == length else { throw .tlv(type) }
    let flags = StampTLV.Flags(rawValue: header[0])
    guard flags.isDisjoint(with: [.malformed, .unverified]) else {
      throw .tlvFlags(type, flags: header[0])
    }
    let isUnknown = flags.contains(.unrecognized)
    if isUnknown { unknownTLVs.append(tlv.kind) }
    let value = reply[begin..<(begin + length)]
    let isIntact: Bool
    switch (tlv.kind, isUnknown) {
    case (.directMeasurement, _):
      let sent = StampDirectMeasurement(sent: variables.count)
      let came = StampDirectMeasurement(reading: value) ?? sent
      isIntact = isUnknown ? came == sent : came.sent == sent.sent
      if !isUnknown { directMeasurement = came }
    case (.classOfService, false):
      let sent = StampClassOfService(reading: requests.value(of: tlv))
      classOfService = StampClassOfService(reading: value)
      isIntact = classOfService?.requestedDSCP == sent?.requestedDSCP
    default:
      isIntact = value == requests.value(of: tlv)
    }
    guard isIntact else { throw .tlvValue(type) }
  }
}
