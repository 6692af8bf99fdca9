import Addresses

extension ListenerConfiguration: Keyed {
  static let keys: [Key<ListenerConfiguration>] = [
    Key(
      "name", \.name, .name, default: { "\($0.service)-\($0.transport.rawValue)-\($0.port)" },
      "The listener's name in logs and figures, unique; SERVICE-TRANSPORT-PORT by default."),
    Key(
      "transport", \.transport, .transport, missing: "a listener needs udp or tcp",
      "Datagrams or connections."),
    Key(
      "address", \.address, .address,
      "The address to bind: an IP literal; 0.0.0.0 is all of IPv4, :: all of IPv6 and IPv4."),
    Key(
      "port", \.port, .port, missing: "a listener needs a port (0 to 65535)",
      "The port to bind; 0 lets the kernel choose, and /stats shows what it chose."),
    Key(
      "service", \.service, .word("a service", of: Service.all.map(\.name)),
      "echo sends back what came; uppercase does so with a-z in capitals; discard answers nothing."),
    Key(
      "queues", \.queues, .integer("a number of queues", in: 1...64),
      """
      How many Dispatch queues share the port (SO_REUSEPORT); all listeners together have at most \
      \(Limits.totalQueues).
      """),
    Key(
      "allow", \.allow, .networks,
      "The networks that may use the listener; [\"0.0.0.0/0\", \"::/0\"] is everyone."),

    Key(
      "rateLimit", for: .udp, \.rateLimit, ValueKind.rateLimit.orNull,
      default: { $0.isPublic ? .standard : nil },
      """
      UDP: the replies that each client address may have (IPv6: each /64); null is no limit, which is the default \
      unless allow names a network beyond the private ones: then it is 200 a second and 400 at once.
      """),
    Key(
      "totalRateLimit", for: .udp, \.totalRateLimit, ValueKind.rateLimit.orNull,
      default: { $0.isPublic ? .standardTotal : nil },
      """
      UDP: the replies that all clients together may have, of which clients that are new get half at the most; null \
      is no limit, which is the default unless allow names a network beyond the private ones: then it is 10000 a \
      second and 20000 at once.
      """),
    Key(
      "answerLowPorts", for: .udp, \.answerLowPorts, .bool,
      """
      UDP: answer clients on ports below 1024 too. Another service on such a port can answer the reply, and so on \
      for ever.
      """),
    Key(
      "receiveBufferBytes", for: .udp, \.receiveBufferBytes, ValueKind.bufferSize.optional,
      "UDP: the socket's receive buffer in bytes; the kernel's own size by default."),
    Key(
      "sendBufferBytes", for: .udp, \.sendBufferBytes, ValueKind.bufferSize.optional,
      "UDP: the socket's send buffer in bytes; the kernel's own size by default."),

    Key(
      "backlog", for: .tcp, \.backlog, .integer("a number of connections", in: 1...Limits.backlog),
      "TCP: how many connections may wait to be accepted."),
    Key(
      "maxConnections", for: .tcp, \.maxConnections, .integer("a number of connections", in: 1...1_000_000),
      "TCP: how many connections may be open at once."),
    Key(
      "maxConnectionsPerClient", for: .tcp, \.maxConnectionsPerClient,
      ValueKind.integer("a number of connections", in: 1...1_000_000).optional,
      "TCP: how many connections may be open at once from one address (IPv6: one /64); no limit by default."),
    Key(
      "idleTimeoutSeconds", for: .tcp, \.idleTimeoutSeconds, .integer("a time in seconds", in: 0...86_400),
      """
      TCP: seconds without a byte either way after which a connection is closed, a second late at the most; 0 is \
      never.
      """),
    Key(
      "closeAfterReply", for: .tcp, \.closeAfterReply, .bool,
      "TCP: one receive, one reply, and the connection is closed."),
  ]

  /// The keys of a listener of that transport; every key when it is not known.
  static func keys(for transport: Transport?) -> [Key<ListenerConfiguration>] {
    keys.filter { $0.transport == nil || transport == nil || $0.transport == transport }
  }
}

extension ValueKind where Value == Int {
  fileprivate static let bufferSize = integer("a buffer size in bytes", in: 4096...(1 << 30))
}

extension ValueKind where Value == Transport {
  fileprivate static let transport: ValueKind = {
    let word = ValueKind<String>.word("a transport", of: Transport.allCases.map(\.rawValue))
    return ValueKind(
      schema: word.schema, read: { word.read(&$0, $1).flatMap(Transport.init) },
      write: { .string($0.rawValue) })
  }()
}

extension ValueKind where Value == String {
  fileprivate static let name = ValueKind(
    schema: [
      "type": "string", "pattern": "^[A-Za-z0-9._-]+$", "minLength": 1,
      "maxLength": .integer(Limits.nameBytes),
    ],
    read: { reader, value in
      let rule = "1 to \(Limits.nameBytes) of the characters a-z, A-Z, 0-9, '.', '_' and '-'"
      guard let name = value.string else {
        reader.wrong(value, "a name (a string of \(rule))")
        return nil
      }
      let isRight = name.utf8.allSatisfy { byte in
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
        default: false
        }
      }
      guard isRight, (1...Limits.nameBytes).contains(name.utf8.count) else {
        reader.report(value.path, "\(quoted(name)) is not a name (\(rule))")
        return nil
      }
      return name
    },
    write: JSONValue.string)
}
