/// The content that follows a request's head. It is read and discarded.
enum RequestContent: Sendable {
  /// Content with a length (RFC 9112, section 6.2).
  case length(bytesLeft: Int)
  /// Content in chunks (RFC 9112, section 7.1).
  case chunked(ChunkedContent)

  /// No content.
  static let none = RequestContent.length(bytesLeft: 0)

  var isNone: Bool {
    if case .length(0) = self { true } else { false }
  }

  /// Reads the framing that the fields describe (RFC 9112, section 6.3). Fields that servers could interpret
  /// differently are an error.
  init(_ fields: HeaderFields, _ version: HTTPVersion) throws(RequestError) {
    let lengths = fields.values(of: "content-length")
    if fields.contains("transfer-encoding") {
      // With a length as well, or from an HTTP/1.0 client, the framing is faulty (RFC 9112, section 6.1).
      guard lengths.isEmpty, version == .http11 else {
        throw .malformed("Transfer-Encoding is used with Content-Length or in an HTTP/1.0 request.")
      }
      self = try Self.chunked(after: fields.list(of: "transfer-encoding"))
    } else {
      self = .length(bytesLeft: try Self.length(lengths))
    }
  }

  /// Discards the content that has been received. Returns whether that was all of it.
  mutating func discard(from input: inout LineBuffer) throws(RequestError) -> Bool {
    switch self {
    case .length(let bytesLeft):
      let missing = bytesLeft - input.drop(bytesLeft)
      self = .length(bytesLeft: missing)
      return missing == 0
    case .chunked(var content):
      let isWhole = try content.discard(from: &input)
      self = .chunked(content)
      return isWhole
    }
  }

  private static func chunked(after codings: [String]) throws(RequestError) -> RequestContent {
    if codings == ["chunked"] { return .chunked(ChunkedContent()) }
    // The end of the content is unknown, or chunked was applied twice (RFC 9112, sections 6.1 and 6.3).
    if codings.contains("chunked"), codings.last != "chunked" || codings.count(where: { $0 == "chunked" }) > 1
    {
      throw .malformed("The transfer coding chunked is not the last one, or is used twice.")
    }
    throw RequestError(
      status: .notImplemented, reason: "The only supported transfer coding is chunked.")
  }

  private static func length(_ lengths: [ArraySlice<UInt8>]) throws(RequestError) -> Int {
    guard let length = lengths.first else { return 0 }
    guard lengths.count == 1, !length.isEmpty, length.allSatisfy(Syntax.isDigit) else {
      throw .malformed("Content-Length is not a single decimal number.")
    }
    // A number that does not fit into an Int is beyond the limit.
    guard let bytes = Int(String(decoding: length, as: UTF8.self)), bytes <= HTTPLimits.contentBytes else {
      throw .contentTooLarge
    }
    return bytes
  }
}

extension RequestError {
  static let contentTooLarge = RequestError(
    status: .contentTooLarge,
    reason: "A request can have at most \(HTTPLimits.contentBytes) bytes of content.")
}
