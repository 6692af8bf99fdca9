/// The value of the TLV Direct Measurement: how many messages of the session each end has counted, modulo 2^32.
/// See RFC 8972, section 4.5.
public struct StampDirectMeasurement: Hashable, Sendable {
  /// What the sender sent.
  public var sent: UInt32
  /// What the reflector received.
  public var received: UInt32
  /// What the reflector sent.
  public var returned: UInt32

  /// Makes the value of a request.
  public init(sent: UInt32) { (self.sent, received, returned) = (sent, 0, 0) }

  /// Reads a value; `nil` if its length is not that of the TLV.
  public init?(reading value: some Collection<UInt8>) {
    guard value.count == StampTLV.Kind.directMeasurement.valueBytes else { return nil }
    let numbers = (0..<3).map { index in
      value.dropFirst(4 * index).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    (sent, received, returned) = (numbers[0], numbers[1], numbers[2])
  }

  /// The bytes of the value in a message.
  public var bytes: [UInt8] {
    [sent, received, returned].flatMap { number in
      (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }
  }
}
