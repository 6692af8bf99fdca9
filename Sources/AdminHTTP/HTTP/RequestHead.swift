/// A request line and its fields, checked against each other: a request, and how much content follows it.
struct RequestHead: Sendable {
  let request: Request
  /// Bytes of content that follow; ``HTTPLimits/contentBytes`` at most.
  let contentBytes: Int

  init(_ line: RequestLine, _ fields: HeaderFields) throws(RequestError) {
    let host = try Self.host(fields, line.version)
    contentBytes = try Self.contentBytes(fields, line.version)
    // RFC 9110, section 10.1.1. Content is of no use here, so nobody is asked to go on and send it.
    guard line.version == .http10 || !fields.contains("expect") else {
      throw RequestError(
        status: .expectationFailed, reason: "Expect is not supported; send the request without it.")
    }
    request = Request(
      method: line.method, path: line.path, version: line.version, host: line.host ?? host,
      wantsKeepAlive: Self.wantsKeepAlive(fields, line.version))
  }

  /// The one Host field (RFC 9112, section 3.2). A target in absolute-form goes before it, but must not excuse it.
  private static func host(_ fields: HeaderFields, _ version: HTTPVersion) throws(RequestError)
    -> RequestHost?
  {
    let values = fields.values(of: "host")
    guard values.count <= 1 else { throw .malformed("There is more than one Host field.") }
    guard let value = values.first else {
      guard version == .http10 else { throw .malformed("An HTTP/1.1 request needs a Host field.") }
      return nil
    }
    guard let host = RequestHost(bytes: value) else { throw .malformed("The Host field names no host.") }
    return host
  }

  /// How much content follows (RFC 9112, section 6.3): what servers understand differently is refused.
  private static func contentBytes(
    _ fields: HeaderFields, _ version: HTTPVersion
  ) throws(RequestError) -> Int {
    let lengths = fields.values(of: "content-length")
    guard !fields.contains("transfer-encoding") else {
      // RFC 9112, section 6.1: with a length beside it, or from a client that cannot know it, the framing is faulty.
      guard lengths.isEmpty, version == .http11 else {
        throw .malformed("Transfer-Encoding stands beside Content-Length or in an HTTP/1.0 request.")
      }
      throw RequestError(status: .notImplemented, reason: "Transfer-Encoding is not supported.")
    }
    guard let length = lengths.first else { return 0 }
    guard lengths.count == 1, !length.isEmpty, length.allSatisfy(Syntax.isDigit) else {
      throw .malformed("Content-Length is not one decimal number.")
    }
    // A number that does not fit is longer than any limit.
    guard let bytes = Int(String(decoding: length, as: UTF8.self)), bytes <= HTTPLimits.contentBytes else {
      throw RequestError(
        status: .contentTooLarge, reason: "A request has \(HTTPLimits.contentBytes) bytes of content at most."
      )
    }
    return bytes
  }

  /// RFC 9112, section 9.3: `close` goes before anything else, then the version decides.
  private static func wantsKeepAlive(_ fields: HeaderFields, _ version: HTTPVersion) -> Bool {
    let options = fields.list(of: "connection")
    if options.contains("close") { return false }
    return version == .http11 || options.contains("keep-alive")
  }
}
