/// A complete request, without its content.
public struct Request: Hashable, Sendable {
  /// The method, which is case-sensitive (RFC 9110, section 9.1).
  public var method: String
  /// The path of the target, without the query. It is not decoded, as no path of ours needs percent-encoding:
  /// `/%73tats` is not `/stats`.
  public var path: String
  /// The query of the target, without the `?`; empty if there is none. It is not decoded.
  public var query = ""
  /// The client's version; ``HTTPVersion/http11`` also stands for a higher 1.x.
  public var version: HTTPVersion
  /// The host in the target or in the Host field; `nil` only in an HTTP/1.0 request without one.
  public var host: RequestHost?
  /// Whether the connection stays open for another request (RFC 9112, section 9.3).
  public var wantsKeepAlive: Bool
  /// The media types that the client accepts.
  public var accept = Accept()
}

/// The supported versions (RFC 9112, section 2.3).
public enum HTTPVersion: String, Sendable {
  /// A connection for each request, unless both sides agree otherwise.
  case http10 = "HTTP/1.0"
  /// Connections stay open; a Host field is required.
  case http11 = "HTTP/1.1"
}

/// Why a request is refused. If it cannot be parsed, the connection is closed after the response, because it is not known
/// where the next request begins.
public struct RequestError: Error, Hashable, Sendable {
  /// The status of the response.
  public var status: Status
  /// What is wrong, as a sentence for the client.
  public var reason: String
  /// Whether the method is known to be HEAD; the response then has no content (RFC 9110, section 9.3.2).
  public var omitsContent = false

  static func malformed(_ reason: String) -> RequestError {
    RequestError(status: .badRequest, reason: reason)
  }
}
