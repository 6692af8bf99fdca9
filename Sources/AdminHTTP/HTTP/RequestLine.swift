/// The first line of a request: `method SP request-target SP HTTP-version` (RFC 9112, section 3).
struct RequestLine: Sendable {
  let method: String
  let target: RequestTarget
  /// The host of a target in absolute-form.
  let host: RequestHost?
  let version: HTTPVersion

  /// Reads a line without its end. One space stands between the parts, as written; a client that means well sends no
  /// more, and what several servers read differently is how requests are smuggled.
  init(_ line: ArraySlice<UInt8>) throws(RequestError) {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3 else {
      throw .malformed("A request begins with a method, a target and a version, one space between them.")
    }
    version = try Self.version(parts[2])
    guard Syntax.isToken(parts[0]) else { throw .malformed("The method is not a token.") }
    method = String(decoding: parts[0], as: UTF8.self)
    if let target = RequestTarget(originForm: parts[1]) {
      self.target = target
      host = nil
    } else if let (target, host) = RequestTarget.absoluteForm(parts[1]) {
      self.target = target
      self.host = host
    } else {
      throw .malformed("The target is neither a path nor an http:// URI.")
    }
  }

  /// The version of `HTTP-name "/" DIGIT "." DIGIT`, case-sensitive (RFC 9112, section 2.3).
  private static func version(_ text: ArraySlice<UInt8>) throws(RequestError) -> HTTPVersion {
    let written = String(decoding: text, as: UTF8.self)
    if let version = HTTPVersion(rawValue: written) { return version }
    let digits = text.dropFirst(5)
    guard written.hasPrefix("HTTP/"), digits.count == 3, let major = digits.first, Syntax.isDigit(major),
      digits.dropFirst().first == UInt8(ascii: "."), let minor = digits.last, Syntax.isDigit(minor)
    else { throw .malformed("The request is not HTTP/1.1.") }
    throw RequestError(
      status: .httpVersionNotSupported, reason: "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
  }
}
