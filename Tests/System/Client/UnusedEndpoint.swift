import Addresses
import Sockets
import Testing

/// An endpoint where nobody is: its port is held on another address, so that no other test gets it.
func withUnusedEndpoint(_ body: (Endpoint) async throws -> Void) async throws {
  let holder = try Holder()
  try await body(Endpoint(address: IPAddress(v4: 0x7F00_0002), port: holder.port))
}

private final class Holder: Sendable {
  private let stream: ListeningSocket
  private let datagrams: DatagramSocket
  let port: UInt16

  init() throws {
    stream = try ListeningSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0), backlog: 1)
    port = try #require(try stream.localEndpoint()).port
    datagrams = try DatagramSocket(boundTo: Endpoint(address: .loopbackIPv4, port: port))
  }
}
