/// Content in chunks with its trailer section (RFC 9112, section 7.1). It is read and discarded.
///
/// Lines of the framing must end with CRLF: servers that also accept LF disagree about where a chunk ends, which allows
/// request smuggling. Trailer fields are ignored, but they must be valid.
struct ChunkedContent: Sendable {
  private enum Stage {
    case size
    case data(bytesLeft: Int)
    case endOfData
    case trailers(HeaderFields, bytesLeft: Int)
  }

  private var stage = Stage.size
  /// How many more bytes of data there may be.
  private var dataLeft = HTTPLimits.contentBytes
  /// How many more bytes of chunks there may be, sizes and extensions included.
  private var bytesLeft = HTTPLimits.chunkedBytes

  /// Discards the content that has been received. Returns whether that was all of it.
  mutating func discard(from input: inout LineBuffer) throws(RequestError) -> Bool {
    while true {
      switch stage {
      case .size:
        let before = input.count
        let line = try Self.line(of: &input, limit: HTTPLimits.chunkLineBytes, orElse: Self.wrongSizeLine)
        guard let line else { return false }
        try beginChunk(try Self.size(line), byteCount: before - input.count)
      case .data(let left):
        let missing = left - input.drop(left)
        stage = missing == 0 ? .endOfData : .data(bytesLeft: missing)
        guard missing == 0 else { return false }
      case .endOfData:
        // Only the CRLF.
        guard let line = try Self.line(of: &input, limit: 2, orElse: Self.wrongEnd) else { return false }
        guard line.isEmpty else { throw Self.wrongEnd }
        stage = .size
      case .trailers(var fields, let left):
        let before = input.count
        let line = try Self.line(
          of: &input, limit: left, orElse: Self.wrongTrailer, ifTooLong: .headTooLong)
        guard let line else { return false }
        if line.isEmpty { return true }
        try fields.append(line)
        stage = .trailers(fields, bytesLeft: left - (before - input.count))
      }
    }
  }

  /// Begins a chunk of a size; `byteCount` is the length of the line with the size.
  private mutating func beginChunk(_ size: Int, byteCount: Int) throws(RequestError) {
    bytesLeft -= byteCount + size + 2
    dataLeft -= size
    guard dataLeft >= 0, bytesLeft >= 0 else { throw .contentTooLarge }
    stage =
      size > 0 ? .data(bytesLeft: size) : .trailers(HeaderFields(), bytesLeft: HTTPLimits.headerSectionBytes)
  }

  /// The size in `chunk-size [ chunk-ext ]`; a size above the limit becomes the limit + 1. Extensions are ignored.
  private static func size(_ line: ArraySlice<UInt8>) throws(RequestError) -> Int {
    let digits = line.prefix { Syntax.hexValue($0) != nil }
    let rest = line[digits.endIndex...].drop(while: Syntax.isWhitespace)
    // White space is allowed only before an extension.
    guard !digits.isEmpty, rest.first == UInt8(ascii: ";") || digits.endIndex == line.endIndex else {
      throw .malformed("A chunk does not begin with its size.")
    }
    return digits.reduce(0) { min($0 * 16 + (Syntax.hexValue($1) ?? 0), HTTPLimits.contentBytes + 1) }
  }

  private static func line(
    of input: inout LineBuffer, limit: Int, orElse malformed: RequestError,
    ifTooLong tooLong: RequestError? = nil
  ) throws(RequestError) -> ArraySlice<UInt8>? {
    do {
      return try input.takeLine(limit: limit, strictly: true)
    } catch .tooLong {
      throw tooLong ?? malformed
    } catch {
      throw malformed
    }
  }

  private static let wrongSizeLine = RequestError.malformed(
    "The line with a chunk's size is too long or malformed.")
  private static let wrongTrailer = RequestError.malformed("A line of the trailer section is malformed.")
  private static let wrongEnd = RequestError.malformed("A chunk is longer or shorter than its size.")
}
