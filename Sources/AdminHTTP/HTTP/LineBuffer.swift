/// A buffer of received bytes that gives out lines.
///
/// It looks at each byte once, from left to right. The lines therefore do not depend on how the bytes were split, and a
/// client that sends them one by one causes no extra work.
struct LineBuffer: Sendable {
  /// Why the bytes are not a line.
  enum Fault: Error {
    /// The line is longer than the limit.
    case tooLong
    /// A carriage return is not followed by a line feed.
    case bareCarriageReturn
    /// A line feed does not follow a carriage return where that is required.
    case bareLineFeed
    /// The line contains a control character.
    case control
  }

  private var bytes: [UInt8] = []
  /// The index of the first byte that was not taken.
  private var start = 0
  /// The index of the first byte that was not looked at.
  private var scanned = 0

  /// The number of bytes that were not taken.
  var count: Int { bytes.count - start }

  /// Adds bytes at the end.
  mutating func append(_ more: UnsafeRawBufferPointer) {
    bytes.removeFirst(start)
    scanned -= start
    start = 0
    bytes.append(contentsOf: more)
  }

  /// Takes a line, without its end; `nil` when its end has not been received.
  ///
  /// A line ends with CRLF. Unless `strictly` is set, it may also end with LF alone, as RFC 9112, section 2.2 permits:
  /// people type requests into nc(1). The limit includes the line's end.
  mutating func takeLine(limit: Int, strictly: Bool = false) throws(Fault) -> ArraySlice<UInt8>? {
    while scanned < bytes.count {
      guard scanned - start < limit else { throw .tooLong }
      let byte = bytes[scanned]
      let followsReturn = scanned > start && bytes[scanned - 1] == Syntax.carriageReturn
      if byte == Syntax.lineFeed {
        guard followsReturn || !strictly else { throw .bareLineFeed }
        let line = bytes[start..<(followsReturn ? scanned - 1 : scanned)]
        scanned += 1
        start = scanned
        return line
      }
      guard !followsReturn else { throw .bareCarriageReturn }
      guard byte == Syntax.carriageReturn || !Syntax.isControl(byte) else { throw .control }
      scanned += 1
    }
    return nil
  }

  /// Whether a byte occurs among the first `limit` bytes that were not taken.
  func contains(_ byte: UInt8, inFirst limit: Int) -> Bool { bytes[start...].prefix(limit).contains(byte) }

  /// Discards up to that many bytes and returns how many there were.
  mutating func drop(_ limit: Int) -> Int {
    let dropped = min(limit, count)
    start += dropped
    scanned = start
    return dropped
  }

  /// Discards everything.
  mutating func removeAll() {
    bytes = []
    start = 0
    scanned = 0
  }
}
