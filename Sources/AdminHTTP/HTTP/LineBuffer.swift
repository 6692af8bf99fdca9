/// Received bytes that are taken line by line.
///
/// It reads from left to right and never looks twice at a byte, so what comes of the bytes does not depend on how
/// they were split, and a client that sends them one by one costs no more than another.
struct LineBuffer: Sendable {
  /// Why the bytes are not a line.
  enum Fault: Error {
    /// The limit was reached before its end.
    case tooLong
    /// A carriage return without a line feed after it.
    case bareCarriageReturn
    /// NUL or another control.
    case control
  }

  private var bytes: [UInt8] = []
  /// Where the first byte that was not taken stands.
  private var start = 0
  /// Where the first byte that was not looked at stands.
  private var scanned = 0

  /// How many bytes wait to be taken.
  var count: Int { bytes.count - start }

  /// Adds bytes at the end.
  mutating func append(_ more: UnsafeRawBufferPointer) {
    bytes.removeFirst(start)
    scanned -= start
    start = 0
    bytes.append(contentsOf: more)
  }

  /// Takes a line, without its end, or `nil` when its end has not come yet.
  ///
  /// A line ends with CRLF, or with LF alone as RFC 9112, section 2.2 permits: people type requests into nc(1).
  /// The limit counts the line's end.
  mutating func takeLine(limit: Int) throws(Fault) -> ArraySlice<UInt8>? {
    while scanned < bytes.count {
      guard scanned - start < limit else { throw .tooLong }
      let byte = bytes[scanned]
      let followsReturn = scanned > start && bytes[scanned - 1] == Syntax.carriageReturn
      if byte == Syntax.lineFeed {
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

  /// Throws away up to that many bytes, and says how many it had.
  mutating func drop(_ limit: Int) -> Int {
    let dropped = min(limit, count)
    start += dropped
    scanned = start
    return dropped
  }

  /// Throws away everything.
  mutating func removeAll() {
    bytes = []
    start = 0
    scanned = 0
  }
}
