import Addresses
import EchoCore
import EchoServer
import TestSupport

/// There is no admin socket on a port.
struct NoAdminEndpoint: Error {}

extension ServerUnderTest {
  /// A connection to the admin socket.
  func connectToAdmin() async throws -> PlainSocket {
    guard case .tcp(let address, let port)? = await server.adminEndpoint else { throw NoAdminEndpoint() }
    return try PlainSocket(connectedTo: Endpoint(address: address, port: port))
  }

  /// A connection to the admin socket on which something was sent.
  func connectToAdmin(sending request: String) async throws -> PlainSocket {
    let client = try await connectToAdmin()
    try await client.send(Array(request.utf8))
    return client
  }

  /// Everything that the admin socket answers to a request, until it closes.
  func exchange(_ request: String) async throws -> String {
    String(decoding: try await connectToAdmin(sending: request).receiveToEnd(), as: UTF8.self)
  }
}
