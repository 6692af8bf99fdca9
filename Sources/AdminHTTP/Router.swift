public import EchoCore

/// Turns requests into responses.
public struct Router: Sendable {
  /// The result of routing a request.
  private enum Route {
    case found(Resource)
    /// A response without a resource.
    case fixed(Response)
  }

  /// Which hosts a router answers to.
  public enum Hosts: Sendable {
    /// IP literals, `localhost` with its other names in /etc/hosts, and these names.
    case named([String])
    /// Every host, for a Unix socket: no browser can reach one.
    case any
  }

  private static let localNames = ["localhost", "ip6-localhost", "ip6-loopback"]
  private static let methods = "GET, HEAD, OPTIONS"

  /// The names in canonical form; `nil` for any.
  private let names: Set<String>?

  /// Makes a router for requests to these hosts.
  public init(answeringTo hosts: Hosts) {
    names =
      switch hosts {
      case .named(let names): Set((names + Self.localNames).map(RequestHost.canonical)).subtracting([""])
      case .any: nil
      }
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
    case .fixed(let fixed): response = fixed
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
      return .fixed(
        Response(
          status: .misdirectedRequest,
          sentence:
            "The Host of a request must be an IP address, localhost, the machine's own name, or a name in "
            + "\"hosts\" of \"admin\" in the configuration, so that no web page can reach this server under another "
            + "name (DNS rebinding)."))
    }
    let resource = Resource.all.first { $0.path == request.path }
    switch (request.method, resource) {
    case ("OPTIONS", _) where resource != nil || request.path == "*":
      return .fixed(allowing(Response(status: .noContent, contentType: Response.plainText, content: "")))
    case (_, nil):
      return .fixed(
        Response(status: .notFound, sentence: "This path does not exist; / lists the paths."))
    case ("GET", let resource?), ("HEAD", let resource?):
      return .found(resource)
    default:
      return .fixed(
        allowing(
          Response(status: .methodNotAllowed, sentence: "This resource can only be read, with GET or HEAD.")))
    }
  }

  /// See RFC 9110, section 10.2.1.
  private func allowing(_ response: Response) -> Response {
    var response = response
    response.allow = Self.methods
    return response
  }

  /// Whether requests for that host are answered.
  ///
  /// The owner of a web page can point its name to 127.0.0.1 and have a visitor's browser read the admin socket (DNS
  /// rebinding). The browser sends the page's name, so unknown names are refused. An IP literal cannot be rebound, and
  /// every browser names a host.
  private func answers(to host: RequestHost?) -> Bool {
    guard let names else { return true }
    return switch host?.name {
    case nil, .address: true
    case .name(let name): names.contains(name)
    }
  }
}
