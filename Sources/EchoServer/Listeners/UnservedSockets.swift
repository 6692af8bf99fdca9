import EchoCore
import Logging
import Sockets
import SystemPackage

/// The passed sockets without a listener, on a queue of their own, which closes their connections and drops their
/// datagrams. Otherwise clients would hang, and anything still queued would make systemd start echod again as soon as
/// it stops.
///
/// The sockets themselves belong to systemd, and stay open.
actor UnservedSockets {
  nonisolated let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  nonisolated let sockets: [BoundSocket]

  private let loop: EventLoop
  /// In the sockets' order; the index is the token in the loop.
  private let sinks: [Sink]

  init(_ sockets: [BoundSocket], logger: Logger) throws(Errno) {
    let loop = try EventLoop(label: "echod.unserved")
    self.sockets = sockets
    self.loop = loop
    self.executor = loop.executor
    self.sinks = sockets.enumerated().map { token, socket in
      Sink(socket, on: loop, token: UInt64(token), logger: logger)
    }
  }

  func start() {
    loop.start(heldBy: self) { self.assumeIsolated { $0.loop.serveStint($0.serve) } }
    for sink in sinks { sink.intake.open() }
  }

  /// Stops watching the sockets, and leaves anything still queued there.
  func stop() {
    for sink in sinks { sink.intake.close() }
    // What the kernel dropped meanwhile is not counted for the next owner. Nor is what was dropped here.
    for case .udp(let socket) in sockets { _ = socket.socket.takeKernelDrops() }
    loop.stop()
  }

  /// Drops anything still queued, and stops: for the end of the process, which systemd would otherwise start again.
  func emptyAndStop() {
    for sink in sinks { sink.intake.resume() }
    loop.serveWaiting(serve)
    stop()
  }

  private func serve(_ token: UInt64) {
    sinks[Int(token)].dropBatch()
  }
}

extension Logger {
  /// Warns about sockets without a listener: names the first ``UnservedSocket/namedCount``, and counts the others.
  /// `isInForce` is `false` if the configuration could not be applied.
  func warn(about sockets: [UnservedSocket], isInForce: Bool) {
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
