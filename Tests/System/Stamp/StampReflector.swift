import Addresses
import Glibc
import Testing
import TestSupport

/// A running echod with listeners of the service `stamp`.
struct StampReflector: Sendable {
  let daemon: RunningDaemon

  /// Starts an echod with a listener, whose further keys are those of `keys`.
  static func with<Result>(
    address: String = "127.0.0.1", keys: String = "", _ body: (StampReflector) async throws -> Result
  ) async throws -> Result {
    let listener = """
      { "name": "stamp", "transport": "udp", "address": "\(address)", "port": 0, "service": "stamp"\(keys) }
      """
    return try await RunningDaemon.with(#"{ "admin": { "port": 0 }, "listeners": [\#(listener)] }"#) {
      daemon in
      try await body(StampReflector(daemon: daemon))
    }
  }

  func endpoint() throws -> Endpoint { try daemon.endpoint(of: "stamp") }

  /// A sender with a port of its own, which is a session of its own.
  func sender() throws -> StampSender { try StampSender(to: endpoint()) }

  /// The listener's statistics.
  func stats() async throws -> Stats.Listener { try #require(try await daemon.stats()[listener: "stamp"]) }
}

/// A Session-Sender's socket, which sends bytes as they are.
struct StampSender: Sendable {
  let server: Endpoint
  let socket: PlainSocket

  init(to server: Endpoint) throws {
    self.server = server
    socket = try PlainSocket(.udp, isIPv6: !server.address.isIPv4)
    socket.setReceiveBuffer(1 << 20)
  }

  /// Sends a request without waiting for its reply.
  func send(_ request: [UInt8]) throws { try socket.send(request, to: server) }

  /// Waits for a reply.
  func receive() async throws -> StampReply { StampReply(bytes: try await socket.receiveDatagram().bytes) }

  /// Sends a request and waits for its reply.
  func ask(_ request: [UInt8]) async throws -> StampReply {
    try send(request)
    return try await receive()
  }

  /// Sends with a TTL or hop limit. See ip(7) and ipv6(7).
  func setHopLimit(_ hops: Int32) throws {
    try set(isIPv4: (Int32(IPPROTO_IP), IP_TTL), isIPv6: (Int32(IPPROTO_IPV6), IPV6_UNICAST_HOPS), to: hops)
  }

  /// Sends with a traffic class: DSCP and ECN.
  func setTrafficClass(_ value: Int32) throws {
    try set(isIPv4: (Int32(IPPROTO_IP), IP_TOS), isIPv6: (Int32(IPPROTO_IPV6), IPV6_TCLASS), to: value)
  }

  private func set(isIPv4: (Int32, Int32), isIPv6: (Int32, Int32), to value: Int32) throws {
    let (level, name) = server.address.isIPv4 ? isIPv4 : isIPv6
    var value = value
    let result = setsockopt(socket.number, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    try #require(result == 0)
  }
}
