import Addresses
import TestSupport

/// As much of HTTP as the tests need to ask for the statistics.
enum HTTPClient {
  struct Refused: Error {
    var response: String
  }

  /// The content of a resource; any other status than 200 is an error.
  static func get(_ path: String, from endpoint: Endpoint, accept: String = "*/*") async throws -> [UInt8] {
    let request =
      "GET \(path) HTTP/1.1\r\nHost: \(endpoint)\r\nAccept: \(accept)\r\nConnection: close\r\n\r\n"
    let client = try PlainSocket(connectedTo: endpoint)
    try await client.send(Array(request.utf8))
    let response = try await client.receiveToEnd()
    let end = Array("\r\n\r\n".utf8)
    guard response.starts(with: "HTTP/1.1 200 ".utf8),
      let head = response.indices.first(where: { response[$0...].starts(with: end) })
    else { throw Refused(response: String(decoding: response, as: UTF8.self)) }
    return Array(response[(head + end.count)...])
  }

  /// Whether `/healthz` says that all is well, at the first attempt or a later one. While many others wait, a client that
  /// does not ask at once has to give way, and on a busy machine this one may not.
  static func isHealthy(_ endpoint: Endpoint) async -> Bool {
    await eventually { (try? await get("/healthz", from: endpoint)) == Array("ok\n".utf8) }
  }
}
