public import EchoCore

/// Turns requests into responses.
public struct Router: Sendable {
  /// Where a request leads.
  private enum Route {
    case found(Resource)
    case refused(Response)
  }

  private let names: Set<String>

  /// Answers requests for IP literals, `localhost` and the machine's names.
  public init(machineNames: [String]) {
    names = Set((machineNames + ["localhost"]).map(RequestHost.canonical)).subtracting([""])
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
    case .found(let resource): response = resource.response(state: state, snapshot: snapshot)
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
    guard answers(to: request.host) else {
      // RFC 9110, section 15.5.20.
      return .refused(
        Response(
          status: .misdirectedRequest,
          sentence: "This server answers to IP addresses, localhost and the machine's own name only, "
            + "so that no web page can reach it under another name (DNS rebinding)."))
    }
    guard let resource = Resource.all.first(where: { $0.path == request.path }) else {
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

  /// Whether a request for that host is answered.
  ///
  /// A stranger's web page can have its own name point to 127.0.0.1 and then read what a browser is shown (DNS
  /// rebinding). The browser still sends the page's name, so a name that is not ours is refused. An IP literal cannot
  /// be rebound, and a client that names no host is no browser.
  private func answers(to host: RequestHost?) -> Bool {
    switch host?.name {
    case nil, .address: true
    case .name(let name): names.contains(name)
    }
  }
}
