public import EchoCore

/// The responses to the requests that share a finding: with many listeners, to make one takes some milliseconds, so each
/// is made once.
public struct SharedResponses {
  private struct Key: Hashable {
    let path: String
    let query: String
    let accept: Accept
  }

  private let state: LifeState
  private let finding: Finding
  private var made: [Key: Response] = [:]

  /// Makes the responses of a finding. See ``RoutedRequest/response(state:finding:)``.
  public init(state: LifeState, finding: Finding) {
    (self.state, self.finding) = (state, finding)
  }

  /// The response to one of the requests.
  public mutating func response(to routed: RoutedRequest) -> Response {
    let request = routed.request
    let key = Key(path: request.path, query: request.query, accept: request.accept)
    let representation = made[key] ?? routed.representation(state: state, finding: finding)
    made[key] = representation
    return routed.adapted(representation)
  }
}
