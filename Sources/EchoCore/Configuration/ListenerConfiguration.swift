public import Addresses

/// The transport of a listener.
public enum Transport: String, CaseIterable, Sendable {
  /// Datagrams.
  case udp
  /// Connections.
  case tcp
}

/// A listener of a checked configuration. The initial values are the defaults of the keys.
public struct ListenerConfiguration: Hashable, Sendable {
  /// Unique in the file: letters, digits, `.`, `_`, `-`; ``Limits/nameBytes`` at most.
  public var name = ""
  /// UDP or TCP.
  public var transport = Transport.udp
  /// The address to bind.
  public var address = IPAddress.loopbackIPv4
  /// The zone of a link-local address: an interface's name. `nil` if the interface is the zone.
  public var zone: String?
  /// The port to bind; 0 lets the kernel choose.
  public var port: UInt16 = 0
  /// The interface or VRF that the sockets are bound to, or `nil` for every interface.
  public var interface: String?
  /// Whether the address may be one that the machine does not have, or not yet.
  public var freeBind = false
  /// The name of a service in ``Service/all``.
  public var service = Service.echo.name
  /// How the service `stamp` answers; `nil` for other services.
  public var stamp: StampConfiguration?
  /// How many queues share the port.
  public var queues = 1
  /// The networks that may use it.
  public var allow = privateNetworks
  /// The proxies whose PROXY headers name the clients, or `nil` for a listener without proxies.
  public var proxyProtocol: ProxyProtocol?
  /// How its replies are impaired, or `nil` if they are not.
  public var impair: Impairment?
  /// How long a queue looks for the next message before it sleeps, in microseconds; 0 means that it does not look.
  public var busyPollMicroseconds = 0
  /// UDP: replies for each client address, or `nil` for no limit.
  public var rateLimit: RateLimit?
  /// UDP: replies for all clients together, or `nil` for no limit.
  public var totalRateLimit: RateLimit?
  /// UDP: whether clients on ports below ``LoopGuard/firstUserPort`` are answered.
  public var answerLowPorts = false
  /// UDP: whether a reply has the DSCP and ECN of its request.
  public var reflectTrafficClass = false
  /// UDP: the socket's receive buffer in bytes, or `nil` for the kernel's default.
  public var receiveBufferBytes: Int?
  /// UDP: the socket's send buffer in bytes, or `nil` for the kernel's default.
  public var sendBufferBytes: Int?
  /// TCP: connections that may wait to be accepted.
  public var backlog = 4096
  /// TCP: connections open at once.
  public var maxConnections = 10_000
  /// TCP: connections open at once from one address, or `nil` for no limit.
  public var maxConnectionsPerClient: Int?
  /// TCP: seconds without a byte either way after which a connection is closed; 0 is never.
  public var idleTimeoutSeconds = 0
  /// TCP: seconds before the kernel asks an idle client whether it is still there; 0 is never.
  public var keepAliveSeconds = 120
  /// TCP: whether a connection is closed after its first reply.
  public var closeAfterReply = false

  /// The address with its zone, as a file has it.
  public var zonedAddress: ZonedAddress {
    get { ZonedAddress(address, zone: zone) }
    set { (address, zone) = (newValue.address, newValue.zone) }
  }

  /// The interface that the kernel binds the sockets to: a zone binds them too.
  public var boundInterface: String? { interface ?? zone }

  /// The networks that can reach it: those of its proxies, or else of its clients.
  public var peers: [Prefix] { proxyProtocol?.from ?? allow }

  /// Whether it is open beyond loopback, link-local and private networks. Behind proxies only they can reach it,
  /// wherever its clients are.
  public var isPublic: Bool { Self.isPublic(peers) }

  /// Whether its clients can be beyond loopback, link-local and private networks, also behind proxies.
  public var hasPublicClients: Bool { Self.isPublic(allow) }

  private static func isPublic(_ networks: [Prefix]) -> Bool {
    networks.contains { wanted in !privateNetworks.contains { $0.contains(wanted) } }
  }

  /// The default of `allow`: loopback, link-local and private networks.
  public static let privateNetworks: [Prefix] = [
    "127.0.0.0/8",  // loopback, RFC 1122
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private, RFC 1918
    "100.64.0.0/10",  // shared address space, RFC 6598
    "169.254.0.0/16",  // link-local, RFC 3927
    "::1/128", "fe80::/10",  // loopback and link-local, RFC 4291
    "fc00::/7",  // unique local, RFC 4193
  ].compactMap { try? Prefix($0) }
}
