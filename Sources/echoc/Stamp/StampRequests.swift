import EchoCore

/// The requests of a session. They differ only in their sequence number, time and count.
struct StampRequests: Hashable, Sendable {
  /// A TLV of each request.
  struct Layout: Hashable, Sendable {
    var kind: StampTLV.Kind
    /// Where its value is in the message.
    var value: Range<Int>
  }

  /// What distinguishes a request from the others.
  struct Variables: Hashable, Sendable {
    var sequence: UInt32 = 0
    /// The time as the message has it (T1).
    var timestamp: UInt64 = 0
    var errorEstimate = StampErrorEstimate(rawValue: 0)
    /// The requests so far, with this one; only the TLV Direct Measurement has it.
    var count: UInt32 = 0
  }

  /// Distinguishes the session from others between the same two endpoints.
  let sessionID: UInt16
  /// The format of our timestamps.
  let format: StampTimeFormat
  /// The TLVs, in their order.
  let layout: [Layout]
  private var bytes: [UInt8]

  /// Requests for a plan, whose ``StampPlan/problem`` is `nil`.
  init(_ plan: StampPlan, sessionID: UInt16) {
    let count = plan.messageBytes ?? plan.leastBytes
    var bytes = [UInt8](repeating: 0, count: StampMessage.baseBytes) + plan.tlvs.joined()
    if count > bytes.count {
      // Bytes that do not compress well.
      let padding = (0..<(count - bytes.count - StampTLV.headerBytes)).map {
        UInt8(truncatingIfNeeded: $0 &* 167 &+ 13)
      }
      bytes += StampTLV.requested(.extraPadding, value: padding)
    }
    (self.bytes, self.sessionID, format) = (bytes, sessionID, plan.format)
    var (tlvs, layout) = (bytes.withUnsafeBytes { StampTLVs(in: $0) }, [Layout]())
    while let tlv = bytes.withUnsafeBytes({ tlvs.next(in: $0) }), let kind = tlv.kind {
      layout.append(Layout(kind: kind, value: tlv.value))
    }
    self.layout = layout
  }

  /// How many bytes each has.
  var byteCount: Int { bytes.count }

  /// A request. Use ``StampRequests/write(_:to:)`` to write it to existing memory.
  func request(_ variables: Variables) -> [UInt8] {
    var bytes = bytes
    write(variables, to: &bytes)
    return bytes
  }

  /// Changes a request into another one.
  func write(_ variables: Variables, to bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes {
      StampRequest(
        sequence: variables.sequence, timestamp: variables.timestamp, errorEstimate: variables.errorEstimate,
        sessionID: sessionID
      ).write(to: $0)
    }
    for tlv in layout where tlv.kind == .directMeasurement {
      bytes.replaceSubrange(tlv.value, with: StampDirectMeasurement(sent: variables.count).bytes)
    }
  }

  /// The bytes of a TLV's value in a request, except for the count.
  func value(of tlv: Layout) -> ArraySlice<UInt8> { bytes[tlv.value] }
}
