import SystemPackage

/// Reads lines of bytes in any encoding; the last line may lack its newline.
struct LineReader {
  /// One line, without its newline.
  enum Line: Equatable {
    case whole([UInt8])
    /// It was longer than the limit, and was skipped.
    case tooLong
  }

  /// Reads bytes into the beginning of the array, and returns how many; 0 at the end.
  typealias Source = (inout [UInt8]) throws(Errno) -> Int

  private static let newline = UInt8(ascii: "\n")
  private let limit: Int
  private let source: Source
  private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
  private var unread = 0..<0
  private var isAtEnd = false

  /// Reads lines of at most `limit` bytes, not counting their newlines.
  init(limit: Int, source: @escaping Source = LineReader.standardInput) {
    self.limit = limit
    self.source = source
  }

  /// The next line; `nil` at the end.
  mutating func next() throws(Errno) -> Line? {
    var line: [UInt8] = []
    var (hasBegun, isTooLong) = (false, false)
    while try hasUnread() {
      hasBegun = true
      let end = buffer[unread].firstIndex(of: Self.newline)
      let piece = buffer[unread.lowerBound..<(end ?? unread.upperBound)]
      isTooLong = isTooLong || line.count + piece.count > limit
      if !isTooLong { line += piece }
      unread = piece.endIndex + (end == nil ? 0 : 1)..<unread.upperBound
      if end != nil { break }
    }
    guard hasBegun else { return nil }
    return isTooLong ? .tooLong : .whole(line)
  }

  /// Whether there are unread bytes; reads some if there are none.
  private mutating func hasUnread() throws(Errno) -> Bool {
    if !unread.isEmpty { return true }
    // A terminal can be read again after its end: the user would have to end it twice.
    if isAtEnd { return false }
    let count = try source(&buffer)
    unread = 0..<count
    isAtEnd = count == 0
    return count > 0
  }

  /// See read(2).
  private static func standardInput(_ buffer: inout [UInt8]) throws(Errno) -> Int {
    do {
      return try buffer.withUnsafeMutableBytes { try FileDescriptor.standardInput.read(into: $0) }
    } catch {
      // swift-system's calls throw `any Error`, which is always an Errno.
      throw error as? Errno ?? .ioError
    }
  }
}
