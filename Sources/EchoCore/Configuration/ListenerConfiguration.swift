public import Addresses

/// How messages travel.
public enum Transport: String, CaseIterable, Sendable {
  /// Datagrams.
  case udp
  /// Connections.
  case tcp
}

/// One listener of a checked configuration.
public struct ListenerConfiguration: Hashable, Sendable {
  /// Unique in the file: letters, digits, `.`, `_`, `-`; ``Limits/nameBytes`` at most.
  public var name: String
  /// UDP or TCP.
  public var transport: Transport
  /// The address to bind.
  public var address: IPAddress
  /// The port to bind; 0 lets the kernel choose.
  public var port: UInt16
  /// The name of a service in ``Service/all``.
  public var service: String
  /// How many queues share the port.
  public var queues: Int
  /// The networks that may use it.
  public var allow: [Prefix]
  /// UDP: replies for each client address, or `nil` for no limit.
  public var rateLimit: RateLimit?
  /// UDP: replies for all clients together, or `nil` for no limit.
  public var totalRateLimit: RateLimit?
  /// UDP: whether clients on ports below ``LoopGuard/firstUserPort`` are answered.
  public var answerLowPorts: Bool
  /// UDP: the socket's receive buffer in bytes, or `nil` for the kernel's default.
  public var receiveBufferBytes: Int?
  /// UDP: the socket's send buffer in bytes, or `nil` for the kernel's default.
  public var sendBufferBytes: Int?
  /// TCP: connections that may wait to be accepted.
  public var backlog: Int
  /// TCP: connections open at once.
  public var maxConnections: Int
  /// TCP: connections open at once from one address, or `nil` for no limit.
  public var maxConnectionsPerClient: Int?
  /// TCP: seconds without a byte either way after which a connection is closed; 0 is never.
  public var idleTimeoutSeconds: Int
  /// TCP: one receive, one reply, close.
  public var closeAfterReply: Bool

  /// Makes a listener with every optional value at its default.
  public init(name: String, transport: Transport, address: IPAddress, port: UInt16, service: String) {
    self.name = name
    self.transport = transport
    self.address = address
    self.port = port
    self.service = service
    self.queues = 1
    self.allow = Self.privateNetworks
    self.rateLimit = nil
    self.totalRateLimit = nil
    self.answerLowPorts = false
    self.receiveBufferBytes = nil
    self.sendBufferBytes = nil
    self.backlog = 4096
    self.maxConnections = 10000
    self.maxConnectionsPerClient = nil
    self.idleTimeoutSeconds = 0
    self.closeAfterReply = false
  }

  /// Whether anyone beyond loopback, link-local and private networks may use it.
  public var isPublic: Bool {
    allow.contains { wanted in !Self.privateNetworks.contains { $0.contains(wanted) } }
  }
}

extension ListenerConfiguration {
  /// The address of a listener that names none.
  public static let defaultAddress = IPAddress.loopbackIPv4
  /// The service of a listener that names none.
  public static let defaultService = Service.echo.name

  /// The name of a listener that has none of its own: `echo-udp-7`.
  public static func defaultName(service: String, transport: Transport, port: UInt16) -> String {
    "\(service)-\(transport.rawValue)-\(port)"
  }
}

extension ListenerConfiguration {
  /// Who may use a listener that names no `allow`: loopback, link-local and private networks.
  public static let privateNetworks: [Prefix] = [
    "127.0.0.0/8",  // loopback, RFC 1122
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private, RFC 1918
    "100.64.0.0/10",  // shared address space, RFC 6598
    "169.254.0.0/16",  // link-local, RFC 3927
    "::1/128", "fe80::/10",  // loopback and link-local, RFC 4291
    "fc00::/7",  // unique local, RFC 4193
  ].compactMap { try? Prefix($0) }
}
