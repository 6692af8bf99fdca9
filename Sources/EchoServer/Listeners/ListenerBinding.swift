import Addresses
import EchoCore
import Logging
import Sockets
import SystemPackage

/// Binds a configured listener's sockets and makes its queues. Serves nothing yet.
enum ListenerBinding {
  /// Binds a listener: one socket per queue, after those handed over by a reload or by systemd.
  ///
  /// - Parameters:
  ///   - leaving: sockets that will be closed, whose port the first new one may share until then.
  ///   - connections: the process's limit on connections.
  static func listener(
    for configuration: ListenerConfiguration, handedOver: [BoundSocket], leaving: [BoundSocket],
    connections: ConnectionBudget, logger: Logger
  ) throws(StartError) -> Listener {
    let configured = Endpoint(address: configuration.address, port: configuration.port)
    let (sockets, endpoints): ([BoundSocket], [Endpoint])
    do throws(Errno) {
      sockets = try self.sockets(for: configuration, handedOver: handedOver, leaving: leaving)
      endpoints = try sockets.map { socket throws(Errno) in try socket.localEndpoint() ?? configured }
    } catch {
      throw .listener(
        name: configuration.name, transport: configuration.transport, endpoint: configured, error)
    }
    let limits = ConnectionLimits(
      access: AccessList(configuration.allow),
      listener: ConnectionBudget(limit: configuration.maxConnections),
      process: connections, perClient: configuration.maxConnectionsPerClient.map(PerClientBudget.init))
    let limiter = SharedRateLimiter(for: configuration)
    let logger = logger.about(configuration, at: endpoints.first ?? configured)
    do throws(Errno) {
      let queues = try sockets.map { socket throws(Errno) in
        try queue(on: socket, for: configuration, limits: limits, limiter: limiter, logger: logger)
      }
      return Listener(configuration: configuration, sockets: sockets, queues: queues, endpoints: endpoints)
    } catch {
      throw .queue(name: configuration.name, error)
    }
  }

  private static func sockets(
    for configuration: ListenerConfiguration, handedOver: [BoundSocket], leaving: [BoundSocket]
  ) throws(Errno) -> [BoundSocket] {
    var sockets = Array(handedOver.prefix(configuration.queues))
    var endpoint = Endpoint(address: configuration.address, port: configuration.port)
    while sockets.count < configuration.queues {
      // All sockets share the first one's port, which the kernel may have chosen: it spreads the clients over them.
      if let first = sockets.first { endpoint.port = try first.localEndpoint()?.port ?? endpoint.port }
      sockets.append(try bind(configuration, to: endpoint, besides: sockets.isEmpty ? leaving : sockets))
    }
    return sockets
  }

  private static func queue(
    on socket: BoundSocket, for configuration: ListenerConfiguration, limits: ConnectionLimits,
    limiter: SharedRateLimiter?, logger: Logger
  ) throws(Errno) -> any ListenerQueue {
    guard let service = Service.named(configuration.service) else {
      preconditionFailure("a checked configuration names a known service")
    }
    switch socket {
    case .udp(let socket):
      return try DatagramQueue(
        socket: socket, configuration: configuration, service: service, access: limits.access,
        limiter: limiter, logger: logger)
    case .tcp(let socket):
      return try StreamQueue(
        listening: socket, configuration: configuration, service: service, limits: limits, logger: logger)
    }
  }

  /// Binds a socket. If the port is taken by `others`, which are ours, it is shared with them.
  static func bind<Socket>(
    to endpoint: Endpoint, besides others: [BoundSocket],
    _ bind: (_ sharingPort: Bool) throws(Errno) -> Socket
  ) throws(Errno) -> Socket {
    do throws(Errno) {
      return try bind(false)
    } catch .addressInUse where endpoint.port != 0 {
      var isShared = false
      for other in others where try other.localEndpoint()?.port == endpoint.port {
        try other.withDescriptor { (descriptor) throws(Errno) in try descriptor.sharePort() }
        isShared = true
      }
      guard isShared else { throw .addressInUse }
      return try bind(true)
    }
  }

  private static func bind(
    _ configuration: ListenerConfiguration, to endpoint: Endpoint, besides others: [BoundSocket]
  ) throws(Errno) -> BoundSocket {
    try bind(to: endpoint, besides: others.filter { $0.transport == configuration.transport }) {
      sharingPort throws(Errno) in
      switch configuration.transport {
      case .udp:
        .udp(SharedSocket(try DatagramSocket(boundTo: endpoint, sharingPort: sharingPort)))
      case .tcp:
        .tcp(
          SharedSocket(
            try ListeningSocket(boundTo: endpoint, backlog: configuration.backlog, sharingPort: sharingPort)))
      }
    }
  }

  /// Sets a UDP socket's buffers as configured. Call it when the reload can no longer fail, because a listener of the
  /// old configuration may still use the socket.
  static func setBuffers(of socket: BoundSocket, for configuration: ListenerConfiguration, logger: Logger) {
    guard case .udp(let socket) = socket else { return }
    do throws(Errno) {
      if let bytes = configuration.receiveBufferBytes {
        let granted = try socket.socket.setReceiveBuffer(bytes: bytes)
        logger.info("receive buffer: requested \(bytes) bytes, the kernel granted \(granted)")
      }
      if let bytes = configuration.sendBufferBytes {
        let granted = try socket.socket.setSendBuffer(bytes: bytes)
        logger.info("send buffer: requested \(bytes) bytes, the kernel granted \(granted)")
      }
    } catch {
      logger.warning(
        "the kernel refused the requested buffer size: \(error)", metadata: error.logMetadata)
    }
  }
}
