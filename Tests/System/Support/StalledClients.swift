import Glibc
import Testing
import TestSupport

extension RunningDaemon {
  /// Clients of a TCP listener that have sent as much as they could and have read nothing. For each of them echod keeps
  /// a part of a reply. echod must have no other clients.
  func stalledClients(_ count: Int, of listener: String) async throws -> [PlainSocket] {
    let (server, chunk) = (try endpoint(of: listener), noise(65_536))
    let clients = try (0..<count).map { _ in
      let client = try PlainSocket(.tcp)
      client.setReceiveBuffer(4096)
      // With the long segments of loopback, the kernel would give echod send buffers of more than a megabyte.
      var segment: Int32 = 1400
      setsockopt(
        client.number, Int32(IPPROTO_TCP), TCP_MAXSEG, &segment, socklen_t(MemoryLayout<Int32>.size))
      try client.connect(to: server)
      return client
    }
    let areStalled = try await eventually {
      let isFull = clients.allSatisfy { $0.sendWhileItFits(chunk) == 0 }
      let messages = try await stats().totals.messages
      return isFull && messages.received == messages.sent + count
    }
    try #require(areStalled)
    return clients
  }
}
