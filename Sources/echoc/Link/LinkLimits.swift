import EchoCore

/// The limits that talk, ping and bench share.
enum LinkLimits {
  /// The wait for a connection, for a datagram, or for a connection to take or bring more bytes.
  static let timeoutSeconds = 5
  /// ``timeoutSeconds`` in milliseconds.
  static let timeoutMilliseconds = Int32(timeoutSeconds) * 1000
  /// How long one of several addresses may be silent before the next one is tried at the same time. See RFC 8305,
  /// section 5, Connection Attempt Delay.
  static let attemptDelayMilliseconds: Int64 = 250

  /// How many bytes a message can have. Over UDP these are the longest datagram over IPv4, 65,535 bytes, less the headers
  /// of IP and UDP; over TCP 1 MiB, because a message and its reply are kept in memory.
  ///
  /// A datagram's PROXY header takes some of them.
  static func messageBytes(over transport: Transport, after header: SentHeader? = nil) -> ClosedRange<Int> {
    guard transport == .udp else { return 1...(1 << 20) }
    return 0...(65_507 - (header == nil ? 0 : SentHeader.datagramLimit))
  }

  /// The help of an option for the size of a message.
  static let messageBytesHelp =
    "Bytes per message: \(messageBytes(over: .tcp).text); over UDP, \(messageBytes(over: .udp).text)."
}

extension ClosedRange<Int> {
  /// `1 to 10000`.
  var text: String { "\(lowerBound) to \(upperBound)" }
}
