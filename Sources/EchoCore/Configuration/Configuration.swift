public import Addresses

/// A whole configuration that passed every check: what echod runs.
public struct Configuration: Hashable, Sendable {
  /// Where the figures are served, or `nil` for nowhere.
  public var admin: AdminEndpoint?
  /// How long a stop waits for what was received to be answered, in seconds: 0 to ``Limits/drainSeconds``.
  public var drainSeconds: Int
  /// At least one, in the file's order; names are unique.
  public var listeners: [ListenerConfiguration]

  /// Makes a configuration of checked values.
  public init(admin: AdminEndpoint?, drainSeconds: Int, listeners: [ListenerConfiguration]) {
    self.admin = admin
    self.drainSeconds = drainSeconds
    self.listeners = listeners
  }
}

/// Where the admin socket listens.
public enum AdminEndpoint: Hashable, Sendable {
  /// TCP.
  case tcp(address: IPAddress, port: UInt16)
  /// A socket in the file system.
  case unix(path: String)
}

extension AdminEndpoint: CustomStringConvertible {
  /// `tcp 127.0.0.1:8080` or `unix /run/echod/admin.sock`.
  public var description: String {
    switch self {
    case .tcp(let address, let port): "tcp \(Endpoint(address: address, port: port))"
    case .unix(let path): "unix \(path)"
    }
  }
}

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

/// A token bucket for each client address.
public struct RateLimit: Hashable, Sendable {
  /// Replies a second, in the long run.
  public var perSecond: Int
  /// Replies at once after a silence.
  public var burst: Int

  /// Makes a limit of checked values.
  public init(perSecond: Int, burst: Int) {
    self.perSecond = perSecond
    self.burst = burst
  }

  /// What each client of a public listener may have whose file names no limit.
  public static let standard = RateLimit(perSecond: 200, burst: 400)
  /// What all clients of such a listener may have together.
  public static let standardTotal = RateLimit(perSecond: 10_000, burst: 20_000)
}
