extension Configuration {
  /// The effective configuration as a file would state it, defaults filled in: reading it gives the same again.
  public var json: JSONValue {
    [
      "admin": admin?.json ?? .null,
      "drainSeconds": .integer(drainSeconds),
      "listeners": .array(listeners.map(\.json)),
    ]
  }
}

extension AdminEndpoint {
  fileprivate var json: JSONValue {
    switch self {
    case .tcp(let address, let port): ["address": .string("\(address)"), "port": .integer(Int(port))]
    case .unix(let path): ["unix": .string(path)]
    }
  }
}

extension ListenerConfiguration {
  /// The keys of this listener's transport in their usual order; one that is off is left out.
  fileprivate var json: JSONValue {
    .object(
      ListenerKey.keys(for: transport).compactMap { key in
        json(of: key).map { JSONValue.Member(key.rawValue, $0) }
      })
  }

  private func json(of key: ListenerKey) -> JSONValue? {
    switch key {
    case .name: .string(name)
    case .transport: .string(transport.rawValue)
    case .address: .string("\(address)")
    case .port: .integer(Int(port))
    case .service: .string(service)
    case .queues: .integer(queues)
    case .allow: .array(allow.map { .string("\($0)") })
    case .rateLimit: json(of: rateLimit)
    case .totalRateLimit: json(of: totalRateLimit)
    case .answerLowPorts: .bool(answerLowPorts)
    case .receiveBufferBytes: receiveBufferBytes.map { .integer($0) }
    case .sendBufferBytes: sendBufferBytes.map { .integer($0) }
    case .backlog: .integer(backlog)
    case .maxConnections: .integer(maxConnections)
    case .maxConnectionsPerClient: maxConnectionsPerClient.map { .integer($0) }
    case .idleTimeoutSeconds: .integer(idleTimeoutSeconds)
    case .closeAfterReply: .bool(closeAfterReply)
    }
  }

  /// A public listener has limits unless its file says that it has none.
  private func json(of limit: RateLimit?) -> JSONValue? {
    limit.map { ["perSecond": .integer($0.perSecond), "burst": .integer($0.burst)] }
      ?? (isPublic ? .null : nil)
  }
}
