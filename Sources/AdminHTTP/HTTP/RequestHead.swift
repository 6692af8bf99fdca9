/// What a request line and the header fields mean together: a request, and how much content follows it.
struct RequestHead: Sendable {
  let request: Request
  /// Bytes of content that follow, at most ``HTTPLimits/contentBytes``.
  let contentBytes: Int

  init(_ line: RequestLine, _ fields: HeaderFields) throws(RequestError) {
    let host = try Self.host(fields, line.version)
    contentBytes = try Self.contentBytes(fields, line.version)
    // No resource uses content, so no client is told to go on and send it (RFC 9110, section 10.1.1).
    guard line.version == .http10 || !fields.contains("expect") else {
      throw RequestError(
        status: .expectationFailed, reason: "Expect is not supported; send the request without it.")
    }
    request = Request(
      method: line.method, path: line.path, version: line.version, host: line.host ?? host,
      wantsKeepAlive: Self.wantsKeepAlive(fields, line.version))
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

  /// The length of the content (RFC 9112, section 6.3). What servers could interpret differently is an error.
  private static func contentBytes(
    _ fields: HeaderFields, _ version: HTTPVersion
  ) throws(RequestError) -> Int {
    let lengths = fields.values(of: "content-length")
    guard !fields.contains("transfer-encoding") else {
      // With a length as well, or from an HTTP/1.0 client, the framing is faulty (RFC 9112, section 6.1).
      guard lengths.isEmpty, version == .http11 else {
        throw .malformed("Transfer-Encoding is used with Content-Length or in an HTTP/1.0 request.")
      }
      throw RequestError(status: .notImplemented, reason: "Transfer-Encoding is not supported.")
    }
    guard let length = lengths.first else { return 0 }
    guard lengths.count == 1, !length.isEmpty, length.allSatisfy(Syntax.isDigit) else {
      throw .malformed("Content-Length is not a single decimal number.")
    }
    // A number that does not fit into an Int is beyond the limit.
    guard let bytes = Int(String(decoding: length, as: UTF8.self)), bytes <= HTTPLimits.contentBytes else {
      throw RequestError(
        status: .contentTooLarge,
        reason: "A request can have at most \(HTTPLimits.contentBytes) bytes of content."
      )
    }
    return bytes
  }

  /// `close` takes precedence, then the version decides (RFC 9112, section 9.3).
  private static func wantsKeepAlive(_ fields: HeaderFields, _ version: HTTPVersion) -> Bool {
    let options = fields.list(of: "connection")
    if options.contains("close") { return false }
    return version == .http11 || options.contains("keep-alive")
  }
}
