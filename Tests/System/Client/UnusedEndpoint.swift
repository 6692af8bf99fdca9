import Addresses
import Sockets
import Testing

/// An endpoint without a server. Its port is held on another address, so that no other test gets it.
func withUnusedEndpoint(_ body: (Endpoint) async throws -> Void) async throws {
  let holder = try Holder.any()
  try await body(Endpoint(address: IPAddress(v4: 0x7F00_0002), port: holder.port))
}

private final class Holder: Sendable {
  private let stream: ListeningSocket
  private let datagrams: DatagramSocket
  let port: UInt16

  private init() throws {
    stream = try ListeningSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0), backlog: 1)
    port = try #require(try stream.descriptor.localEndpoint()).port
    datagrams = try DatagramSocket(boundTo: Endpoint(address: .loopbackIPv4, port: port))
  }

  /// A port that is free for TCP may be in use for UDP by another test.
  static func any() throws -> Holder {
    for _ in 0..<10 {
      if let holder = try? Holder() { return holder }
    }
    return try Holder()
  }
}
