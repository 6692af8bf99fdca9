/// What a request asks for.
///
/// Paths are compared as they are written. No path of ours needs percent-encoding, so none is decoded: `/%73tats` is
/// not `/stats`.
public struct RequestTarget: Hashable, Sendable {
  /// The path; begins with `/`.
  public var path: String
  /// What stands after the first `?`, or `nil` without one.
  public var query: String?

  /// Makes a target of its parts.
  public init(path: String, query: String? = nil) {
    self.path = path
    self.query = query
  }

  /// Reads the origin-form (RFC 9112, section 3.2.1): a path and perhaps a query, no fragment.
  init?(originForm text: ArraySlice<UInt8>) {
    let end = text.firstIndex(of: UInt8(ascii: "?")) ?? text.endIndex
    let path = text[..<end]
    let query = text[end...].dropFirst()
    guard path.first == UInt8(ascii: "/"), Syntax.isEncoded(path, allowed: Self.isPathCharacter),
      Syntax.isEncoded(query, allowed: Self.isQueryCharacter)
    else { return nil }
    self.path = String(decoding: path, as: UTF8.self)
    self.query = end == text.endIndex ? nil : String(decoding: query, as: UTF8.self)
  }

  /// Reads the absolute-form (RFC 9112, section 3.2.2), as clients send it to proxies: the target and its host.
  static func absoluteForm(_ text: ArraySlice<UInt8>) -> (target: RequestTarget, host: RequestHost)? {
    let scheme = "http://"
    guard Syntax.lowercased(text.prefix(scheme.utf8.count)) == scheme else { return nil }
    let rest = text.dropFirst(scheme.utf8.count)
    let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
    var origin = rest[end...]
    // An empty path is the same as "/" (RFC 9110, section 4.2.3).
    if origin.first != UInt8(ascii: "/") { origin = [UInt8(ascii: "/")] + origin }
    guard let host = RequestHost(bytes: rest[..<end]), let target = RequestTarget(originForm: origin) else {
      return nil
    }
    return (target, host)
  }

  private static func isPathCharacter(_ byte: UInt8) -> Bool {
    Syntax.isPathCharacter(byte) || byte == UInt8(ascii: "/")
  }

  private static func isQueryCharacter(_ byte: UInt8) -> Bool {
    isPathCharacter(byte) || byte == UInt8(ascii: "?")
  }
}
