/// The test messages of unauthenticated STAMP. All numbers are big-endian. See RFC 8762, sections 4.2 and 4.3.
public enum StampMessage {
  /// The length of both messages in bytes; TLVs and padding follow. A shorter request has no room for its reply.
  public static let baseBytes = 44
  /// The port of reflectors.
  public static let port: UInt16 = 862

  /// The offset of the time at which a message is sent.
  static let departureOffset = 4
}
