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
