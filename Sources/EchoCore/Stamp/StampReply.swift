/// The message of a Session-Reflector. Bytes that must be zero are ignored.
public struct StampReply: Hashable, Sendable {
  /// The reflector's own number of the message in its session, or the sender's if the reflector keeps no sessions.
  public var sequence: UInt32
  /// When the reply was sent (T3), in the format that the estimate names.
  public var timestamp: UInt64
  /// How accurate the reflector's times are.
  public var errorEstimate: StampErrorEstimate
  /// The request's.
  public var sessionID: UInt16
  /// When the request arrived (T2).
  public var receiveTimestamp: UInt64
  /// The request's fields.
  public var senderSequence: UInt32
  /// When the request was sent (T1), in the sender's format.
  public var senderTimestamp: UInt64
  /// How accurate the sender's times are.
  public var senderErrorEstimate: StampErrorEstimate
  /// The TTL or hop limit that the request arrived with.
  public var senderHopLimit: UInt8

  /// Makes the reply to a request.
  public init(
    to request: StampRequest, sequence: UInt32, timestamp: UInt64, errorEstimate: StampErrorEstimate,
    receiveTimestamp: UInt64, hopLimit: UInt8
  ) {
    self.sequence = sequence
    self.timestamp = timestamp
    self.errorEstimate = errorEstimate
    sessionID = request.sessionID
    self.receiveTimestamp = receiveTimestamp
    senderSequence = request.sequence
    senderTimestamp = request.timestamp
    senderErrorEstimate = request.errorEstimate
    senderHopLimit = hopLimit
  }

  /// Reads a message; `nil` if it is shorter than ``StampMessage/baseBytes``.
  public init?(reading bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= StampMessage.baseBytes else { return nil }
    sequence = bytes.bigEndian(at: 0)
    timestamp = bytes.bigEndian(at: 4)
    errorEstimate = StampErrorEstimate(rawValue: bytes.bigEndian(at: 12))
    sessionID = bytes.bigEndian(at: 14)
    receiveTimestamp = bytes.bigEndian(at: 16)
    senderSequence = bytes.bigEndian(at: 24)
    senderTimestamp = bytes.bigEndian(at: 28)
    senderErrorEstimate = StampErrorEstimate(rawValue: bytes.bigEndian(at: 36))
    senderHopLimit = bytes[40]
  }

  /// Writes the message into the first ``StampMessage/baseBytes`` bytes.
  public func write(to bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count >= StampMessage.baseBytes)
    bytes.store(sequence, at: 0)
    bytes.store(timestamp, at: 4)
    bytes.store(errorEstimate.rawValue, at: 12)
    bytes.store(sessionID, at: 14)
    bytes.store(receiveTimestamp, at: 16)
    bytes.store(senderSequence, at: 24)
    bytes.store(senderTimestamp, at: 28)
    bytes.store(senderErrorEstimate.rawValue, at: 36)
    bytes.store(UInt16(0), at: 38)
    bytes.store(UInt32(senderHopLimit) << 24, at: 40)
  }
}
