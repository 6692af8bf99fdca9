import EchoCore

extension Resource {
  /// The busiest clients of a listener as JSON. The names and the order of the members are a contract.
  static let clients = Resource(
    path: "/clients", query: "?listener=NAME[&limit=N]",
    summary: "the busiest clients of a listener, as JSON",
    answer: { request throws(RequestError) in
      let query = try RequestQuery(request, names: ["limit", "listener"])
      guard let listener = query["listener"] else {
        throw .malformed("The query must name a listener: /clients?listener=NAME.")
      }
      let limit = try query.number("limit", in: 1...BusiestClients.limit, default: defaultClientLimit)
      return .ofClients(listener: listener) { clients in
        Response(
          status: .ok, contentType: "application/json",
          content: document(listener, clients.prefix(limit)).text() + "\n")
      }
    })

  /// How many clients are shown without a limit.
  private static let defaultClientLimit = 20

  private static func document(_ listener: String, _ clients: some Collection<ClientActivity>) -> JSONValue {
    [
      "listener": .string(listener),
      "clients": .array(
        clients.map { client in
          [
            "client": .string("\(client.client)"),
            "messages": .count(client.messages),
            "bytes": .count(client.bytes),
            "lastSeenSeconds": .number(Double(client.silentMilliseconds) / 1000),
          ]
        }),
    ]
  }
}
