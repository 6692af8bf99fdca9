public import EchoCore

/// A request with the way to respond to it.
public struct RoutedRequest: Sendable {
  let request: Request
  private let answer: Resource.Answer

  init(_ request: Request, _ answer: Resource.Answer) {
    (self.request, self.answer) = (request, answer)
  }

  /// What has to be found out before the response; `nil` if it can be made at once.
  public var inquiry: Inquiry? {
    switch answer {
    case .response, .ofState: nil
    case .ofSnapshot(let includesProcess, _): .snapshot(includesProcess: includesProcess)
    case .ofResponsiveness(let listener, _): .responsiveness(listener: listener)
    case .ofClients(let listener, _): .clients(listener: listener)
    }
  }

  /// The response.
  ///
  /// - Parameters:
  ///   - state: what the daemon is doing.
  ///   - finding: the finding of ``inquiry``. If it is needed and missing, the response is 503.
  public func response(state: LifeState, finding: Finding? = nil) -> Response {
    adapted(representation(state: state, finding: finding))
  }

  /// What the response says, whatever the method and the connection are.
  func representation(state: LifeState, finding: Finding?) -> Response {
    switch (answer, finding) {
    case (.response(let response), _): response
    case (.ofState(let make), _): make(state)
    case (.ofSnapshot(_, let make), .snapshot(let snapshot)): make(snapshot)
    case (.ofResponsiveness(_, let make), .responsiveness(let isResponsive)): make(state, isResponsive)
    case (.ofClients(_, let make), .clients(let clients?)): make(clients)
    case (.ofClients, .clients(nil)):
      Response(status: .serviceUnavailable, sentence: "The listener has queues that do not answer.")
    // A stop has no listeners any more.
    case (_, .unknownListener) where !state.isServing:
      Response(status: .serviceUnavailable, sentence: state.rawValue)
    case (_, .unknownListener): Response(status: .notFound, sentence: "No listener has this name.")
    default:
      Response(status: .serviceUnavailable, sentence: "The statistics are currently not available.")
    }
  }

  /// The response for this request's method and connection.
  func adapted(_ representation: Response) -> Response {
    var response = representation
    response.omitsContent = request.method == "HEAD"
    if request.wantsKeepAlive {
      response.connection = request.version == .http10 ? .keepAlive : .persistent
    }
    return response
  }
}
