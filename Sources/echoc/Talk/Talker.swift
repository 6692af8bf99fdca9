/// Sends a line and gets its reply.
protocol Talker: AnyObject {
  /// How many bytes a line can have, its newline not counted.
  var lineLimit: Int { get }

  /// Sends a line, given without its newline, and waits for the reply, also without its newline.
  func reply(to line: [UInt8]) throws(TalkError) -> Reply
}

/// What came back for a line.
struct Reply: Equatable {
  var bytes: [UInt8]
  /// Why this is not the whole reply; `nil` when it is.
  var shortfall: TalkError?
}

/// How long a peer is waited for.
enum Patience {
  /// The wait for a connection, for a datagram, or for a connection to take or bring anything more.
  static let seconds = 5
  /// The same in milliseconds.
  static let milliseconds = Int64(seconds) * 1000
}
