import EchoCore
import Logging
import Sockets

/// A listener of the process before this one that has sockets or connections without a place in the new configuration.
/// It is created again with its old configuration, only to be drained as by a reload: what waits in its sockets, and
/// what its connections have sent, is answered.
struct FormerListener {
  let listener: Listener
  /// Its connections.
  let connections: [RestoredConnection]

  /// What the old listeners need.
  struct Context {
    let passed: ActivationSockets
    /// The process's limit on connections.
    let budget: ConnectionBudget
    let drawnSeed: UInt32
    let logger: Logger
  }

  /// The former listeners of an arrival. If the old configuration is not known, there are none: sockets and connections
  /// are then closed.
  ///
  /// - Parameters:
  ///   - used: the sockets that have a place.
  static func all(
    of arrival: Arrival, _ connections: Arrival.Connections, besides used: [BoundSocket], in context: Context
  ) -> [FormerListener] {
    guard let old = arrival.old else { return [] }
    let stored = arrival.restoration.sockets.filter { !$0.isStopped }
    let passed = context.passed.assigned(in: old)
    return old.listeners.compactMap { configuration in
      let own = stored.filter { $0.name == StoredName.listener(configuration.name) }.map(\.socket)
      let unused = own.filter { socket in !used.contains { $0 === socket } }
      let identity = Listener.Identity(name: configuration.name, transport: configuration.transport)
      let connections = connections.homeless[identity] ?? []
      guard !unused.isEmpty || !connections.isEmpty else { return nil }
      // A queue has a socket, even if another listener serves it now.
      let sockets = unused.isEmpty ? Array((own + passed.sockets(of: configuration)).prefix(1)) : unused
      guard let listener = listener(configuration, of: old, on: sockets, in: context) else { return nil }
      return FormerListener(listener: listener, connections: connections)
    }
  }

  private static func listener(
    _ configuration: ListenerConfiguration, of old: Configuration, on sockets: [BoundSocket],
    in context: Context
  ) -> Listener? {
    guard !sockets.isEmpty else { return nil }
    var configuration = configuration
    configuration.queues = sockets.count
    do throws(StartError) {
      return try ListenerBinding.listener(
        for: configuration, plan: SocketPlan(for: configuration, in: old), handedOver: sockets, besides: [],
        connections: context.budget, drawnSeed: context.drawnSeed, logger: context.logger)
    } catch {
      context.logger.error(
        "cannot drain what the process before this one served: \(error)", metadata: error.logMetadata)
      return nil
    }
  }
}
