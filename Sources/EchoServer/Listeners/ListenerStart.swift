import EchoCore
import Logging

// How a listener starts, and how it changes while it runs.

extension Listener {
  /// Starts the queues.
  ///
  /// - Parameters:
  ///   - isRestored: whether the sockets are from before a restart.
  ///   - isPassed: whether a socket unit bound them.
  func start(isRestored: Bool, isPassed: Bool, _ logger: Logger) async {
    let logger = logger.about(configuration, at: endpoint)
    if !isRestored { setBuffers(logger) }
    for queue in queues { await queue.start() }
    if isRestored {
      // A buffer may become smaller only after the datagrams that waited in it were received.
      for queue in queues { await queue.serveWaiting() }
      setBuffers(logger)
    }
    logger.info("\(self) is served\(queues.count > 1 ? " by \(queues.count) queues" : "")")
    if !isPassed { plan.warnWithoutIPv6(endpoint, logger) }
    sayWhatIsUnusual(to: logger)
  }

  /// Applies the keys that have changed since an earlier configuration with the same queues.
  func applyChanges(since earlier: Listener, _ logger: Logger) async {
    guard let changes = earlier.configuration.changes(to: configuration), !changes.isEmpty else { return }
    let logger = logger.about(configuration, at: endpoint)
    logger.info("changed \(changes.joined(separator: ", "))")
    if changes.contains("receiveBufferBytes") || changes.contains("sendBufferBytes") { setBuffers(logger) }
    for queue in queues { await queue.change(to: policy) }
    sayWhatIsUnusual(since: earlier, to: logger)
  }

  private func setBuffers(_ logger: Logger) {
    for socket in sockets { ListenerBinding.setBuffers(of: socket, for: configuration, logger: logger) }
  }
}
