/// The first line of a request: `method SP request-target SP HTTP-version` (RFC 9112, section 3).
struct RequestLine: Sendable {
  let method: String
  /// See ``Request/path``. `*` is possible with OPTIONS only.
  let path: String
  /// See ``Request/query``.
  let query: String
  /// The host of a target in absolute-form.
  let host: RequestHost?
  let version: HTTPVersion

  /// Reads a line without its end. The parts are separated by exactly one space: servers that accept more differ in how
  /// they read it, which allows request smuggling.
  init(_ line: ArraySlice<UInt8>) throws(RequestError) {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3 else {
      throw .malformed("A request begins with a method, a target and a version, separated by single spaces.")
    }
    version = try Self.version(parts[2])
    guard Syntax.isToken(parts[0]) else { throw .malformed("The method is not a token.") }
    method = String(decoding: parts[0], as: UTF8.self)
    // The asterisk-form (RFC 9112, section 3.2.4).
    let isAsterisk = method == "OPTIONS" && parts[1] == [UInt8(ascii: "*")]
    let origin = isAsterisk ? ("*", "") : Self.originForm(parts[1])
    guard let target = origin.map({ ($0, nil) }) ?? Self.absoluteForm(parts[1]) else {
      throw .malformed("The target is neither a path nor an http:// URI.")
    }
    ((path, query), host) = target
  }

  private typealias Origin = (path: String, query: String)

  /// The origin-form (RFC 9112, section 3.2.1): a path and perhaps a query, no fragment.
  private static func originForm(_ text: ArraySlice<UInt8>) -> Origin? {
    let end = text.firstIndex(of: UInt8(ascii: "?")) ?? text.endIndex
    let (path, query) = (text[..<end], text[end...].dropFirst())
    guard path.first == UInt8(ascii: "/"), Syntax.isEncoded(path, allowed: isPathCharacter),
      Syntax.isEncoded(query, allowed: { isPathCharacter($0) || $0 == UInt8(ascii: "?") })
    else { return nil }
    return (String(decoding: path, as: UTF8.self), String(decoding: query, as: UTF8.self))
  }

  /// The path, the query and the host of the absolute-form (RFC 9112, section 3.2.2), which clients send to proxies.
  private static func absoluteForm(_ text: ArraySlice<UInt8>) -> (Origin, host: RequestHost?)? {
    let scheme = "http://"
    guard Syntax.lowercased(text.prefix(scheme.utf8.count)) == scheme else { return nil }
    let rest = text.dropFirst(scheme.utf8.count)
    let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
    var origin = rest[end...]
    // An empty path is equivalent to "/" (RFC 9110, section 4.2.3).
    if origin.first != UInt8(ascii: "/") { origin = [UInt8(ascii: "/")] + origin }
    guard let host = RequestHost(bytes: rest[..<end]), let target = originForm(origin) else { return nil }
    return (target, host)
  }

  private static func isPathCharacter(_ byte: UInt8) -> Bool {
    Syntax.isPathCharacter(byte) || byte == UInt8(ascii: "/")
  }

  /// The version of `HTTP-name "/" DIGIT "." DIGIT`, case-sensitive (RFC 9112, section 2.3).
  private static func version(_ text: ArraySlice<UInt8>) throws(RequestError) -> HTTPVersion {
    let written = String(decoding: text, as: UTF8.self)
    if let version = HTTPVersion(rawValue: written) { return version }
    let digits = text.dropFirst(5)
    guard written.hasPrefix("HTTP/"), digits.count == 3, let major = digits.first, Syntax.isDigit(major),
      digits.dropFirst().first == UInt8(ascii: "."), let minor = digits.last, Syntax.isDigit(minor)
    else { throw .malformed("The request is not HTTP/1.1.") }
    // A higher minor version counts as the highest known one (RFC 9110, section 2.5).
    if major == UInt8(ascii: "1") { return .http11 }
    throw RequestError(
      status: .httpVersionNotSupported, reason: "Only HTTP/1.x is supported.")
  }
}
