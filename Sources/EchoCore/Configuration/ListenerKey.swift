/// The keys of a listener, in the order in which they are documented and written.
enum ListenerKey: String, CaseIterable {
  case name, transport, address, port, service, queues, allow
  case rateLimit, totalRateLimit, answerLowPorts, receiveBufferBytes, sendBufferBytes
  case backlog, maxConnections, maxConnectionsPerClient, idleTimeoutSeconds, closeAfterReply

  /// The transport that the key is for, or `nil` when it is for both.
  var transport: Transport? {
    switch self {
    case .name, .transport, .address, .port, .service, .queues, .allow: nil
    case .rateLimit, .totalRateLimit, .answerLowPorts, .receiveBufferBytes, .sendBufferBytes: .udp
    case .backlog, .maxConnections, .maxConnectionsPerClient, .idleTimeoutSeconds, .closeAfterReply: .tcp
    }
  }

  /// The keys of a listener of that transport; every key when it is not known.
  static func keys(for transport: Transport?) -> [ListenerKey] {
    allCases.filter { $0.transport == nil || transport == nil || $0.transport == transport }
  }
}

extension PlacedObject {
  /// The member of that key, or `nil`.
  subscript(key: ListenerKey) -> PlacedValue? { self[key.rawValue] }

  /// Where that key is, or would be.
  func place(of key: ListenerKey) -> Place { place(of: key.rawValue) }
}
