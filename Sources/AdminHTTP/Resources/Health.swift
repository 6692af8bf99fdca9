import EchoCore

extension Resource {
  /// Whether echod, or one of its listeners, is serving.
  static let health = Resource(
    path: "/healthz", query: "[?listener=NAME]",
    summary: "200 while echod, or the listener, is serving, otherwise 503",
    answer: { request throws(RequestError) in
      let query = try RequestQuery(request, names: ["listener"])
      guard let listener = query["listener"] else { return .ofState { response(in: $0) } }
      return .ofResponsiveness(listener: listener) { response(in: $0, isResponsive: $1) }
    })

  private static func response(in state: LifeState, isResponsive: Bool = true) -> Response {
    guard state.isServing else { return Response(status: .serviceUnavailable, sentence: state.rawValue) }
    return isResponsive
      ? Response(status: .ok, sentence: "ok")
      : Response(status: .serviceUnavailable, sentence: "The listener has queues that do not answer.")
  }
}
