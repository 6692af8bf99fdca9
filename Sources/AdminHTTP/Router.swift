/// Turns requests into responses.
public struct Router: Sendable {
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

  /// Finds the way to respond to a request.
  public func route(_ request: Request) -> RoutedRequest {
    do throws(RequestError) {
      return RoutedRequest(request, try answer(to: request))
    } catch {
      return RoutedRequest(request, .response(Response(status: error.status, sentence: error.reason)))
    }
  }

  /// The response to a request that cannot be parsed; the connection is closed after it.
  public func respond(to error: RequestError) -> Response {
    var response = Response(status: error.status, sentence: error.reason)
    response.omitsContent = error.omitsContent
    return response
  }

  private func answer(to request: Request) throws(RequestError) -> Resource.Answer {
    guard answers(to: request.host) else {
      // RFC 9110, section 15.5.20.
      throw RequestError(
        status: .misdirectedRequest,
        reason:
          "The Host of a request must be an IP address, localhost, the machine's own name, or a name in "
          + "\"hosts\" of \"admin\" in the configuration, so that no web page can reach this server under another "
          + "name (DNS rebinding).")
    }
    let resource = Resource.all.first { $0.path == request.path }
    switch (request.method, resource) {
    case ("OPTIONS", _) where resource != nil || request.path == "*":
      return .response(allowing(Response(status: .noContent, contentType: Response.plainText, content: "")))
    case (_, nil):
      throw RequestError(status: .notFound, reason: "This path does not exist; / lists the paths.")
    case ("GET", let resource?), ("HEAD", let resource?):
      return try resource.answer(request)
    default:
      return .response(
        allowing(
          Response(status: .methodNotAllowed, sentence: "This resource can only be read, with GET or HEAD.")))
    }
  }

  /// A response to OPTIONS, or with status 405, says which methods are supported (RFC 9110, sections 9.3.7 and
  /// 15.5.6).
  private func allowing(_ response: Response) -> Response {
    var response = response
    response.fields.append(Response.Field(name: "Allow", value: Self.methods))
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
