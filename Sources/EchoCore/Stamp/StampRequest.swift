/// The message of a Session-Sender. Bytes that must be zero are ignored.
public struct StampRequest: Hashable, Sendable {
  /// The number of the message in its session.
  public var sequence: UInt32
  /// When the message was sent, in the format that the estimate names.
  public var timestamp: UInt64
  /// How accurate that is.
  public var errorEstimate: StampErrorEstimate
  /// Distinguishes the sessions between two endpoints; 0 if that is not needed. See RFC 8972, section 3.
  public var sessionID: UInt16

  /// Makes a message of its fields.
  public init(sequence: UInt32, timestamp: UInt64, errorEstimate: StampErrorEstimate, sessionID: UInt16) {
    self.sequence = sequence
    self.timestamp = timestamp
    self.errorEstimate = errorEstimate
    self.sessionID = sessionID
  }

  /// Reads a message; `nil` if it is shorter than ``StampMessage/baseBytes``.
  public init?(reading bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= StampMessage.baseBytes else { return nil }
    sequence = bytes.bigEndian(at: 0)
    timestamp = bytes.bigEndian(at: 4)
    errorEstimate = StampErrorEstimate(rawValue: bytes.bigEndian(at: 12))
    sessionID = bytes.bigEndian(at: 14)
  }

  /// Writes the message into the first ``StampMessage/baseBytes`` bytes.
  public func write(to bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count >= StampMessage.baseBytes)
    bytes.store(sequence, at: 0)
    bytes.store(timestamp, at: 4)
    bytes.store(errorEstimate.rawValue, at: 12)
    bytes.store(sessionID, at: 14)
    for offset in stride(from: 16, to: StampMessage.baseBytes, by: 4) { bytes.store(UInt32(0), at: offset) }
  }
}
