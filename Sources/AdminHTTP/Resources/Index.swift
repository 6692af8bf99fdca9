import EchoCore

extension Resource {
  /// The list of all resources.
  static let index = Resource(
    path: "/", summary: "this page",
    answer: { _ in
      .response(
        Response(status: .ok, contentType: Response.plainText, content: "echod \(echodVersion)\n\n" + list()))
    })

  private static func list() -> String {
    let targets = all.map { $0.path + $0.query }
    let width = targets.map(\.count).max() ?? 0
    return zip(targets, all).map { target, resource in
      "\(target)\(String(repeating: " ", count: width - target.count))  \(resource.summary)\n"
    }.joined()
  }
}
