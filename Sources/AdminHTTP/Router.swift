public import EchoCore

/// Turns requests into responses.
public struct Router: Sendable {
  /// The result of routing a request.
  private enum Route {
    case found(Resource)
    case refused(Response)
  }

  private let names: Set<String>

  /// Makes a router for requests whose host is an IP literal, `localhost` or one of the machine's names.
  public init(machineNames: [String]) {
    names = Set((machineNames + ["localhost"]).map(RequestHost.canonical)).subtracting([""])
  }

  /// Whether the response needs a snapshot.
  public func needsSnapshot(_ request: Request) -> Bool {
    if case .found(let resource) = route(request) { return resource.needsSnapshot }
    return false
  }

  /// The response to a request: 503 when it needs a snapshot and there is none.
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

  /// The response to a request that cannot be parsed; the connection is closed after it.
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
          sentence: "The Host of a request must be an IP address, localhost or the machine's own name, "
            + "so that no web page can reach this server under another name (DNS rebinding)."))
    }
    guard let resource = Resource.all.first(where: { $0.path == request.path }) else {
      return .refused(
        Response(status: .notFound, sentence: "This path does not exist; / lists the paths."))
    }
    guard request.method == "GET" || request.method == "HEAD" else {
      var response = Response(
        status: .methodNotAllowed, sentence: "This resource can only be read, with GET or HEAD.")
      response.allow = "GET, HEAD"
      return .refused(response)
    }
    return .found(resource)
  }

  /// Whether requests for that host are answered.
  ///
  /// The owner of a web page can point its name to 127.0.0.1 and have a visitor's browser read the admin socket (DNS
  /// rebinding). The browser sends the page's name, so unknown names are refused. An IP literal cannot be rebound, and
  /// every browser names a host.
  private func answers(to host: RequestHost?) -> Bool {
    switch host?.name {
    case nil, .address: true
    case .name(let name): names.contains(name)
    }
  }
}
