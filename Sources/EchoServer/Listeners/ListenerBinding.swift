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
  ///   - plan: what to bind.
  ///   - neighbours: our sockets that may be on the same port.
  ///   - connections: the process's limit on connections.
  ///   - drawnSeed: the seed of an `impair` that has none.
  static func listener(
    for configuration: ListenerConfiguration, plan: SocketPlan, handedOver: [BoundSocket],
    besides neighbours: [Neighbour], connections: ConnectionBudget, drawnSeed: UInt32, logger: Logger
  ) throws(StartError) -> Listener {
    let configured = plan.endpoint
    let (sockets, endpoints): ([BoundSocket], [Endpoint])
    do throws(Errno) {
      sockets = try self.sockets(for: configuration, plan, handedOver: handedOver, besides: neighbours)
      endpoints = try sockets.map { socket throws(Errno) in try socket.localEndpoint() ?? configured }
    } catch {
      throw .listener(
        name: configuration.name, BoundAddress(of: configuration, port: configuration.port), error)
    }
    let policy = ListenerPolicy(for: configuration, process: connections, drawnSeed: drawnSeed)
    let logger = logger.about(configuration, at: endpoints.first ?? configured)
    do throws(Errno) {
      let queues = try sockets.map { socket throws(Errno) in
        try queue(on: socket, policy, logger: logger)
      }
      return Listener(policy: policy, plan: plan, sockets: sockets, queues: queues, endpoints: endpoints)
    } catch {
      throw .queue(name: configuration.name, error)
    }
  }

  private static func sockets(
    for configuration: ListenerConfiguration, _ plan: SocketPlan, handedOver: [BoundSocket],
    besides neighbours: [Neighbour]
  ) throws(Errno) -> [BoundSocket] {
    var (plan, sockets) = (plan, Array(handedOver.prefix(configuration.queues)))
    while sockets.count < configuration.queues {
      // All sockets share the first one's port, which the kernel may have chosen: it spreads the clients over them.
      if let port = try sockets.first?.localEndpoint()?.port { plan = plan.onPort(port) }
      sockets.append(
        try plan.bind(backlog: configuration.backlog, besides: neighbours, joining: sockets))
    }
    return sockets
  }

  private static func queue(
    on socket: BoundSocket, _ policy: ListenerPolicy, logger: Logger
  ) throws(Errno) -> any ListenerQueue {
    guard let service = Service.named(policy.configuration.service) else {
      preconditionFailure("a checked configuration names a known service")
    }
    switch socket {
    case .udp(let socket):
      return try DatagramQueue(socket: socket, policy: policy, service: service, logger: logger)
    case .tcp(let socket):
      return try StreamQueue(listening: socket, policy: policy, service: service, logger: logger)
    }
  }

  /// Sets the sizes of a UDP socket's buffers as configured, or restores the original ones. Call it when the reload can
  /// no longer fail, because a listener of the old configuration may still use the socket.
  static func setBuffers(of socket: BoundSocket, for configuration: ListenerConfiguration, logger: Logger) {
    guard case .udp(let socket) = socket else { return }
    do throws(Errno) {
      if let bytes = configuration.receiveBufferBytes {
        let granted = try socket.socket.setReceiveBuffer(bytes: bytes)
        logger.info("receive buffer: requested \(bytes) bytes, the kernel granted \(granted)")
      } else {
        try socket.socket.restoreReceiveBuffer()
      }
      if let bytes = configuration.sendBufferBytes {
        let granted = try socket.socket.setSendBuffer(bytes: bytes)
        logger.info("send buffer: requested \(bytes) bytes, the kernel granted \(granted)")
      } else {
        try socket.socket.restoreSendBuffer()
      }
    } catch {
      logger.warning(
        "the kernel refused the requested buffer size: \(error)", metadata: error.logMetadata)
    }
  }
}
