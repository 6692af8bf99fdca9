/// Tells a line's reply from a late reply to an earlier line, as far as that is possible over UDP.
///
/// Datagrams carry no number. But an echo has the length and, apart from the case of its letters, the bytes of its
/// request. A datagram that fits an unanswered earlier line and not this one is taken for a reply to that line, and
/// dropped. A datagram that fits neither is taken for this line's reply: the server is not a plain echo, and what it says
/// is worth showing.
struct LateReplyFilter {
  /// How many unanswered lines are remembered; the oldest is forgotten first.
  static let memory = 16

  private var unanswered: [[UInt8]] = []

  /// Remembers a line whose reply can still come.
  mutating func remember(unanswered line: [UInt8]) {
    if unanswered.count == Self.memory { unanswered.removeFirst() }
    unanswered.append(line)
  }

  /// Whether a datagram is taken for the reply to this line. An earlier line that it fits is forgotten.
  mutating func isReply(_ datagram: ArraySlice<UInt8>, to line: [UInt8]) -> Bool {
    if Self.isEcho(datagram, of: line) { return true }
    guard let late = unanswered.firstIndex(where: { Self.isEcho(datagram, of: $0) }) else { return true }
    unanswered.remove(at: late)
    return false
  }

  private static func isEcho(_ datagram: ArraySlice<UInt8>, of line: [UInt8]) -> Bool {
    datagram.count == line.count && zip(datagram, line).allSatisfy { capital($0) == capital($1) }
  }

  /// An ASCII letter in capitals, any other byte as it is.
  private static func capital(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 0x20 : byte
  }
}
