import EchoCore

extension Resource {
  /// The live page for browsers, and the list of all resources for others.
  static let index = Resource(
    path: "/", summary: "the live page in a browser, otherwise this list",
    answer: { request in
      request.accept.names(.html) ? .ofSnapshot(includesProcess: false, page) : .response(list)
    })

  private static func page(_ snapshot: Snapshot) -> Response {
    var response = Response(
      status: .ok, contentType: MediaType.html.contentType, content: Page.document(snapshot))
    response.varyByAccept()
    response.fields.append(.init(name: "Content-Security-Policy", value: Page.contentSecurityPolicy))
    response.fields.append(.init(name: "Referrer-Policy", value: "no-referrer"))
    return response
  }

  private static var list: Response {
    let targets = all.map { $0.path + $0.query }
    let width = targets.map(\.count).max() ?? 0
    let lines = zip(targets, all).map { target, resource in
      "\(target)\(String(repeating: " ", count: width - target.count))  \(resource.summary)\n"
    }
    var response = Response(
      status: .ok, contentType: Response.plainText, content: "echod \(echodVersion)\n\n" + lines.joined())
    response.varyByAccept()
    return response
  }
}
