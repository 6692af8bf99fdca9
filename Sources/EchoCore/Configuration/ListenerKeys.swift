import Addresses

extension ListenerConfiguration: Keyed {
  static let keys: [Key<ListenerConfiguration>] = [
    Key(
      "name", \.name, .name, fixed: true, default: { "\($0.service)-\($0.transport.rawValue)-\($0.port)" },
      "The listener's name in logs and statistics, which must be unique; SERVICE-TRANSPORT-PORT by default."),
    Key(
      "transport", \.transport, .word("a transport"), fixed: true,
      missing: "a listener needs a transport (udp, tcp)",
      "Datagrams (udp) or connections (tcp)."),
    Key(
      "address", \.zonedAddress, .zonedAddress, fixed: true,
      """
      The IP address to bind; 0.0.0.0 means every IPv4 address, :: every IPv6 and IPv4 address, or only IPv4 where the \
      kernel has no IPv6. If listeners share a port, the one with the most specific address serves the client; \
      next to 0.0.0.0, :: serves IPv6 only. A link-local IPv6 address needs its zone, as in fe80::1%eth0, or an \
      interface.
      """),
    Key(
      "port", \.port, .port, fixed: true, missing: "a listener needs a port (0 to 65535)",
      "The port to bind; with 0 the kernel chooses the port, and /stats shows it."),
    Key(
      "interface", \.interface, ValueKind.interface.orNull, fixed: true, default: { _ in nil },
      """
      The network interface or VRF device to bind to, by its name: the listener serves only what arrives there \
      (SO_BINDTODEVICE). Every interface if null or left out. Listeners on the same address and port must each have an \
      interface.
      """),
    Key(
      "freeBind", \.freeBind, .bool, fixed: true,
      "Bind the address even if the machine does not have it, or not yet (IP_FREEBIND)."),
    Key(
      "service", \.service, .word("a service", of: Service.all.map(\.name)), fixed: true,
      Service.all.map { "\($0.name) \($0.summary)" }.joined(separator: "; ") + "."),
    Key(
      "stamp", for: .udp, \.stamp, ValueKind.stamp.optional,
      default: { $0.service == Service.stamp.name ? StampConfiguration() : nil },
      "How the service stamp answers; only listeners with this service can have the key."),
    Key(
      "queues", \.queues, .integer("a number of queues", in: 1...64), fixed: true,
      """
      How many Dispatch queues share the port (SO_REUSEPORT); all listeners together can have at most \
      \(Limits.totalQueues).
      """),
    Key(
      "allow", \.allow, .networks,
      "The networks that may use the listener; [\"0.0.0.0/0\", \"::/0\"] allows everyone."),
    Key(
      "proxyProtocol", \.proxyProtocol, ValueKind.proxyProtocol.orNull, default: { _ in nil },
      """
      Serves only these proxies, and expects a PROXY header from them: over TCP version 1 or 2, over UDP version 2. \
      The keys for access and limits, the statistics and the log then apply to the client that the header names. A \
      reply over UDP goes to the proxy, without a header. A connection that does not begin with a valid header within \
      3 seconds is closed; a datagram without the header that it needs is dropped. No proxies if null or left out.
      """),
    Key(
      "impair", \.impair, ValueKind.impairment.orNull, default: { _ in nil },
      """
      Impairs the replies on purpose, for tests and exercises. What happens to the n-th message of a client or \
      connection depends only on n and the seed, so it is the same in every run. Nothing is impaired if null or left \
      out.
      """),
    Key(
      "busyPollMicroseconds", \.busyPollMicroseconds, .integer("a time in microseconds", in: 0...1000),
      """
      How many microseconds a queue looks for the next message before it sleeps, while messages come that fast; 0 means \
      that it sleeps at once. This shortens the round trips of a client that waits for each reply, and keeps a \
      processor busy for each queue with such clients. If messages come more slowly, a queue looks for less than \
      1 % of the time.
      """),

    Key(
      "rateLimit", for: .udp, \.rateLimit, ValueKind.rateLimit.orNull,
      default: { $0.hasPublicClients ? .standard : nil },
      """
      UDP: limits the replies to each client address (IPv6: each /64, or each link-local address on each interface); \
      null for no limit. The default is no limit, or 200 replies per second and 400 at once if allow has a network \
      beyond the private ones.
      """),
    Key(
      "totalRateLimit", for: .udp, \.totalRateLimit, ValueKind.rateLimit.orNull,
      default: { $0.hasPublicClients ? .standardTotal : nil },
      """
      UDP: limits the replies to all clients together, of which new clients get at most half; null for no limit. The \
      default is no limit, or 10000 replies per second and 20000 at once if allow has a network beyond the private ones.
      """),
    Key(
      "answerLowPorts", for: .udp, \.answerLowPorts, .bool,
      """
      UDP: also answer clients on ports below 1024. A service on such a port could answer the reply, in an endless loop.
      """),
    Key(
      "reflectTrafficClass", for: .udp, \.reflectTrafficClass, .bool,
      "UDP: send each reply with the DSCP and ECN of its request."),
    Key(
      "receiveBufferBytes", for: .udp, \.receiveBufferBytes, ValueKind.bufferSize.optional,
      "UDP: the size of the socket's receive buffer in bytes; the kernel's default if left out."),
    Key(
      "sendBufferBytes", for: .udp, \.sendBufferBytes, ValueKind.bufferSize.optional,
      "UDP: the size of the socket's send buffer in bytes; the kernel's default if left out."),

    Key(
      "backlog", for: .tcp, \.backlog, .integer("a number of connections", in: 1...Limits.backlog),
      "TCP: how many connections may wait to be accepted."),
    Key(
      "maxConnections", for: .tcp, \.maxConnections, .integer("a number of connections", in: 1...1_000_000),
      "TCP: how many connections may be open at once."),
    Key(
      "maxConnectionsPerClient", for: .tcp, \.maxConnectionsPerClient,
      ValueKind.integer("a number of connections", in: 1...1_000_000).optional,
      """
      TCP: how many connections one client address (IPv6: one /64, or one link-local address on one interface) may \
      have open at once; no limit by default.
      """
    ),
    Key(
      "idleTimeoutSeconds", for: .tcp, \.idleTimeoutSeconds, .integer("a time in seconds", in: 0...86_400),
      """
      TCP: how many seconds a connection may be idle before it is closed (at most a second later); 0 for no limit.
      """),
    Key(
      "keepAliveSeconds", for: .tcp, \.keepAliveSeconds, .integer("a time in seconds", in: 0...32_767),
      """
      TCP: how many seconds a connection may be idle before the kernel asks whether the client is still there (TCP \
      keepalive). A client that still has not answered after about the same time again is disconnected; 0 means never.
      """),
    Key(
      "closeAfterReply", for: .tcp, \.closeAfterReply, .bool,
      "TCP: close each connection after its first reply."),
  ]

  /// The names of the keys whose values differ in a newer configuration of the listener; `nil` if one of them needs new
  /// sockets or queues.
  public func changes(to newer: ListenerConfiguration) -> [String]? {
    if Self.keys.contains(where: { $0.isFixed && !$0.isEqual(in: self, newer) }) { return nil }
    return Self.keys(for: transport).filter { !$0.isEqual(in: self, newer) }.map(\.name)
  }
}

extension ValueKind where Value == Int {
  fileprivate static let bufferSize = integer("a buffer size in bytes", in: 4096...(1 << 30))
}

extension ValueKind where Value == String {
  fileprivate static let name = name("a name", upTo: Limits.nameBytes)
}
