/// The status codes of the admin socket (RFC 9110, section 15).
public enum Status: Int, CaseIterable, Sendable {
  /// The resource follows.
  case ok = 200
  /// Nothing follows but the header fields.
  case noContent = 204
  /// The request is not HTTP, or violates RFC 9112.
  case badRequest = 400
  /// There is no resource at the path.
  case notFound = 404
  /// The resource can only be read.
  case methodNotAllowed = 405
  /// The client took too long to send its request.
  case requestTimeout = 408
  /// The content is longer than ``HTTPLimits/contentBytes``.
  case contentTooLarge = 413
  /// The target makes the request line longer than ``HTTPLimits/requestLineBytes``.
  case uriTooLong = 414
  /// The request expects something other than 100-continue.
  case expectationFailed = 417
  /// The request is for another host.
  case misdirectedRequest = 421
  /// The header section is longer than ``HTTPLimits/headerSectionBytes`` or ``HTTPLimits/fields`` (RFC 6585).
  case requestHeaderFieldsTooLarge = 431
  /// The content has a transfer coding other than chunked.
  case notImplemented = 501
  /// The daemon does not serve at the moment.
  case serviceUnavailable = 503
  /// The major version is not 1.
  case httpVersionNotSupported = 505

  /// The reason phrase of the status line (RFC 9112, section 4).
  public var phrase: String {
    switch self {
    case .ok: "OK"
    case .noContent: "No Content"
    case .badRequest: "Bad Request"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .requestTimeout: "Request Timeout"
    case .contentTooLarge: "Content Too Large"
    case .uriTooLong: "URI Too Long"
    case .expectationFailed: "Expectation Failed"
    case .misdirectedRequest: "Misdirected Request"
    case .requestHeaderFieldsTooLarge: "Request Header Fields Too Large"
    case .notImplemented: "Not Implemented"
    case .serviceUnavailable: "Service Unavailable"
    case .httpVersionNotSupported: "HTTP Version Not Supported"
    }
  }
}
