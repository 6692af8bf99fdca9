/// A whole request: what of it matters here. Its content, if it had any, is gone.
public struct Request: Hashable, Sendable {
  /// The method as it was sent; methods are case-sensitive (RFC 9110, section 9.1).
  public var method: String
  /// The path that is asked for, without a query. It is compared as it was written: no path of ours needs
  /// percent-encoding, so `/%73tats` is not `/stats`.
  public var path: String
  /// The version that the client speaks.
  public var version: HTTPVersion
  /// The host that was asked, of the target or of the Host field; `nil` only when an HTTP/1.0 client named none.
  public var host: RequestHost?
  /// Whether the client wants the connection kept open for its next request (RFC 9112, section 9.3).
  public var wantsKeepAlive: Bool

  /// Makes a request of its parts.
  public init(
    method: String, path: String, version: HTTPVersion, host: RequestHost?, wantsKeepAlive: Bool
  ) {
    self.method = method
    self.path = path
    self.version = version
    self.host = host
    self.wantsKeepAlive = wantsKeepAlive
  }
}

/// The versions that are spoken here (RFC 9112, section 2.3).
public enum HTTPVersion: String, Sendable {
  /// A connection for each request, unless both sides agree otherwise.
  case http10 = "HTTP/1.0"
  /// Connections stay open; a Host field is required.
  case http11 = "HTTP/1.1"
}

/// A request that cannot be understood. It is answered, and ends its connection: where the next request would begin
/// is not known.
public struct RequestError: Error, Hashable, Sendable {
  /// The status of the answer.
  public var status: Status
  /// What is wrong, as a sentence for the client.
  public var reason: String
  /// Whether the request's method is known to be HEAD, whose answer has no content (RFC 9110, section 9.3.2).
  public var omitsContent = false

  /// Makes an error of its status and a sentence.
  public init(status: Status, reason: String) {
    self.status = status
    self.reason = reason
  }

  /// The answer to a client that does not send its request in time.
  public static let timedOut = RequestError(
    status: .requestTimeout, reason: "The request did not arrive in time.")

  static func malformed(_ reason: String) -> RequestError {
    RequestError(status: .badRequest, reason: reason)
  }
}
