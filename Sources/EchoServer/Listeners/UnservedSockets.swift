import EchoCore
import Logging
import Sockets
import SystemPackage

/// The passed sockets that nobody serves, on one queue of their own: a connection is accepted and closed, a datagram is
/// received and dropped. Left alone, clients would hang, and what waits would make systemd start echod again after a stop.
///
/// The sockets themselves are systemd's, and stay open.
actor UnservedSockets {
  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  nonisolated let sockets: [BoundSocket]

  private let loop: EventLoop
  /// In the sockets' order, which is that of the tokens in the loop.
  private let sinks: [any Sink]

  /// Nothing is taken before ``start()``.
  init(_ sockets: [BoundSocket], logger: Logger) throws(Errno) {
    let loop = try EventLoop(label: "echod.unserved")
    self.sockets = sockets
    self.loop = loop
    self.executor = loop.executor
    self.sinks = sockets.enumerated().map { token, socket in
      switch socket {
      case .udp(let socket): DatagramSink(socket, on: loop, token: UInt64(token), logger: logger)
      case .tcp(let socket): ConnectionSink(socket, on: loop, token: UInt64(token), logger: logger)
      }
    }
  }

  /// Begins to disconnect clients and to drop datagrams.
  func start() {
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
    for sink in sinks { sink.open() }
  }

  /// Stops watching the sockets, and leaves what waits there to others.
  func stop() {
    for sink in sinks { sink.close() }
    loop.stop()
  }

  /// Disconnects and drops what waits at this moment, and stops: for the end of the process, so that systemd does not
  /// start it again because of it.
  func emptyAndStop() {
    for sink in sinks { sink.resume() }
    loop.serveWaiting(serve)
    stop()
  }

  private func serve(_ token: UInt64) {
    sinks[Int(token)].dropBatch()
  }
}

extension Logger {
  /// Warns of sockets that are not served, and says what to do. Many are counted, after the first
  /// ``UnservedSocket/namedCount``.
  ///
  /// - Parameters:
  ///   - isInForce: whether the configuration is in force. If it could not be, an address that is taken may be that of one
  ///     of these sockets.
  func warn(of sockets: [UnservedSocket], isInForce: Bool) {
    let claim = isInForce ? "is not served" : "would not be served"
    for socket in sockets.prefix(UnservedSocket.namedCount) {
      let outcome =
        socket.socket.transport == .udp ? "its datagrams are dropped" : "its clients are disconnected"
      warning(
        """
        the passed socket \(socket) \(claim)\(isInForce ? ", so \(outcome)" : ""): \(socket.reason). Change \
        echod.socket or the configuration; compare them with "systemctl show echod.socket | echod check --activation"
        """)
    }
    let more = sockets.count - UnservedSocket.namedCount
    if more > 0 { warning("\(more) more passed sockets: each \(claim)") }
  }
}
