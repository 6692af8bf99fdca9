import Addresses
import Sockets

@testable import EchoServer

/// UDP sockets under a name.
func kept(_ name: String, count: Int = 1) throws -> KeptSockets {
  KeptSockets(
    name: name,
    try (0..<count).map { _ in
      .udp(SharedSocket(try DatagramSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0))))
    })
}
