import Addresses
import EchoCore
import EchoServer
import TestSupport

/// The server has no admin socket on a port.
struct NoAdminEndpoint: Error {}

extension ServerUnderTest {
  /// The address of the admin socket.
  func adminSocket() async throws -> Endpoint {
    guard case .tcp(let address, let port)? = await server.adminEndpoint else { throw NoAdminEndpoint() }
    return Endpoint(address: address, port: port)
  }

  /// A connection to the admin socket.
  func connectToAdmin() async throws -> PlainSocket { try PlainSocket(connectedTo: await adminSocket()) }

  /// Everything that the admin socket sends after a request, until it closes the connection.
  func exchange(_ request: String) async throws -> String {
    let client = try await connectToAdmin()
    try await client.send(Array(request.utf8))
    return String(decoding: try await client.receiveToEnd(), as: UTF8.self)
  }
}
