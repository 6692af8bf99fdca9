public import EchoCore

/// Turns requests into responses.
public struct Router: Sendable {
  /// Where a request leads.
  private enum Route {
    case found(Resource)
    case refused(Response)
  }

  private let hosts: HostCheck

  /// Answers requests for IP literals, `localhost` and the machine's names.
  public init(machineNames: [String]) {
    hosts = HostCheck(machineNames: machineNames)
  }

  /// Whether the answer shows the daemon's figures, so that a snapshot is made only when one is needed.
  public func needsSnapshot(_ request: Request) -> Bool {
    if case .found(let resource) = route(request) { return resource.needsSnapshot }
    return false
  }

  /// Answers a request.
  ///
  /// - Parameters:
  ///   - state: what the daemon is doing at this moment.
  ///   - snapshot: without one, a request that needs it is answered with 503.
  public func respond(to request: Request, state: LifeState, snapshot: Snapshot?) -> Response {
    var response: Response
    switch route(request) {
    case .refused(let refusal): response = refusal
    case .found(let resource): response = Self.response(resource, state, snapshot)
    }
    response.omitsContent = request.method == "HEAD"
    if request.wantsKeepAlive {
      response.connection = request.version == .http10 ? .keepAlive : .persistent
    }
    return response
  }

  /// Answers what could not be understood; the connection ends with it.
  public func respond(to error: RequestError) -> Response {
    var response = Response(status: error.status, sentence: error.reason)
    response.omitsContent = error.omitsContent
    return response
  }

  private func route(_ request: Request) -> Route {
    guard hosts.allows(request.host) else {
      // RFC 9110, section 15.5.20.
      return .refused(
        Response(
          status: .misdirectedRequest,
          sentence: "This server answers to IP addresses, localhost and the machine's own name only, "
            + "so that no web page can reach it under another name (DNS rebinding)."))
    }
    guard let resource = Resource(rawValue: request.target.path) else {
      return .refused(
        Response(status: .notFound, sentence: "There is nothing at this path; / lists what there is."))
    }
    guard request.method == "GET" || request.method == "HEAD" else {
      var response = Response(status: .methodNotAllowed, sentence: "This can only be read, with GET or HEAD.")
      response.fields = [.init("Allow", "GET, HEAD")]
      return .refused(response)
    }
    return .found(resource)
  }

  private static func response(
    _ resource: Resource, _ state: LifeState, _ snapshot: Snapshot?
  ) -> Response {
    switch resource {
    case .index: Response(status: .ok, contentType: Response.plainText, content: IndexPage.text)
    case .health: health(state)
    case .stats: figures(snapshot, as: "application/json", StatsJSON.text)
    case .metrics: figures(snapshot, as: PrometheusText.contentType, PrometheusText.text)
    }
  }

  private static func figures(
    _ snapshot: Snapshot?, as contentType: String, _ text: (Snapshot) -> String
  ) -> Response {
    guard let snapshot else {
      return Response(status: .serviceUnavailable, sentence: "The figures are not available now.")
    }
    return Response(status: .ok, contentType: contentType, content: text(snapshot))
  }

  private static func health(_ state: LifeState) -> Response {
    switch state {
    case .running, .reloading: Response(status: .ok, sentence: "ok")
    case .starting, .stopping: Response(status: .serviceUnavailable, sentence: state.rawValue)
    }
  }
}
