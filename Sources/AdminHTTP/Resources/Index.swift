import EchoCore

extension Resource {
  /// The list of all resources.
  static let index = Resource(
    path: "/", summary: "this page",
    content: .ofState { _ in
      let width = all.map(\.path.count).max() ?? 0
      let lines = all.map { resource in
        let padding = String(repeating: " ", count: width - resource.path.count)
        return "\(resource.path)\(padding)  \(resource.summary)\n"
      }
      return Response(
        status: .ok, contentType: Response.plainText, content: "echod \(echodVersion)\n\n" + lines.joined())
    })
}
