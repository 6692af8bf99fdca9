/// What a request line and the header fields mean together: a request, and what content follows it.
struct RequestHead: Sendable {
  let request: Request
  /// The content that follows.
  let content: RequestContent

  init(_ line: RequestLine, _ fields: HeaderFields) throws(RequestError) {
    let host = try Self.host(fields, line.version)
    let content = try RequestContent(fields, line.version)
    // No resource uses content. A client that asks before it sends content gets the final response at once. Then the
    // connection ends, because the client may still send the content or not (RFC 9110, section 10.1.1).
    let asksFirst = try Self.expectsContinue(fields, line.version) && !content.isNone
    self.content = asksFirst ? .none : content
    request = Request(
      method: line.method, path: line.path, query: line.query, version: line.version, host: line.host ?? host,
      wantsKeepAlive: !asksFirst && Self.wantsKeepAlive(fields, line.version),
      accept: Accept(fields.values(of: "accept")))
  }

  /// The Host field (RFC 9112, section 3.2), which is required even if the target is in absolute-form.
  private static func host(_ fields: HeaderFields, _ version: HTTPVersion) throws(RequestError)
    -> RequestHost?
  {
    let values = fields.values(of: "host")
    guard values.count <= 1 else { throw .malformed("There is more than one Host field.") }
    guard let value = values.first else {
      guard version == .http10 else { throw .malformed("An HTTP/1.1 request needs a Host field.") }
      return nil
    }
    guard let host = RequestHost(bytes: value, canBeEmpty: true) else {
      throw .malformed("The Host field does not name a host.")
    }
    return host
  }

  /// Whether the client waits for 100 before it sends the content (RFC 9110, section 10.1.1). From an HTTP/1.0 client
  /// the field is ignored.
  private static func expectsContinue(
    _ fields: HeaderFields, _ version: HTTPVersion
  ) throws(RequestError) -> Bool {
    let expectations = version == .http10 ? [] : fields.list(of: "expect")
    guard expectations.allSatisfy({ $0 == "100-continue" }) else {
      throw RequestError(
        status: .expectationFailed, reason: "The only supported expectation is 100-continue.")
    }
    return !expectations.isEmpty
  }

  /// `close` takes precedence, then the version decides (RFC 9112, section 9.3).
  private static func wantsKeepAlive(_ fields: HeaderFields, _ version: HTTPVersion) -> Bool {
    let options = fields.list(of: "connection")
    if options.contains("close") { return false }
    return version == .http11 || options.contains("keep-alive")
  }
}
