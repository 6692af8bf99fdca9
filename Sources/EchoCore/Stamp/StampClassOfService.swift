/// The value of the TLV Class of Service: the DSCP that the reply is to have, and the one that the request arrived
/// with. See RFC 8972, section 4.4.
public struct StampClassOfService: Hashable, Sendable {
  /// The DSCP that the sender wants for the reply (DSCP1), 0 to 63.
  public var requestedDSCP: UInt8
  /// The DSCP that the request arrived with (DSCP2), 0 to 63.
  public var receivedDSCP: UInt8
  /// The ECN that the request arrived with, 0 to 3.
  public var receivedECN: UInt8
  /// Reverse path: 1 if the reflector's policy forbids the DSCP that the sender wants. 0 to 3.
  public var reversePath: UInt8

  /// Makes the value of a request.
  public init(requestedDSCP: UInt8) {
    (self.requestedDSCP, receivedDSCP, receivedECN, reversePath) = (requestedDSCP & 0x3F, 0, 0, 0)
  }

  /// Reads a value; `nil` if its length is not that of the TLV.
  public init?(reading value: some Collection<UInt8>) {
    guard value.count == StampTLV.Kind.classOfService.valueBytes else { return nil }
    let bits = value.prefix(2).reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
    requestedDSCP = UInt8(bits >> 10)
    receivedDSCP = UInt8(bits >> 4 & 0x3F)
    receivedECN = UInt8(bits >> 2 & 3)
    reversePath = UInt8(bits & 3)
  }

  /// The first half of the value in a message; the other one is 0.
  var bits: UInt16 {
    UInt16(requestedDSCP & 0x3F) << 10 | UInt16(receivedDSCP & 0x3F) << 4 | UInt16(receivedECN & 3) << 2
      | UInt16(reversePath & 3)
  }

  /// The bytes of the value in a message.
  public var bytes: [UInt8] { [UInt8(bits >> 8), UInt8(bits & 0xFF), 0, 0] }
}
