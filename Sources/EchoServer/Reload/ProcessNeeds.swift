public import EchoCore

// What an ``EchoServer`` with a configuration needs from its process; for descriptors see ``DescriptorNeeds``.
extension Configuration {
  /// How many threads the process needs so that all queues can run at the same time.
  public var threadsNeeded: Int {
    // The admin socket's, the unserved sockets', the server's own, and the roll call's.
    listeners.reduce(4) { $0 + $1.queues }
  }

  /// How much memory the queues' tables and buffers can take when they are full, in bytes.
  public var memoryNeeded: Int {
    // Snapshots, the admin socket's clients, and what Dispatch and the log need.
    let rest = 16 << 20
    return listeners.reduce(rest) { sum, listener in
      let hasLimits = listener.rateLimit != nil || listener.totalRateLimit != nil
      return sum + listener.queues * listener.queueMemory + (hasLimits ? RateLimiter.memoryBytes : 0)
    }
  }
}

extension ListenerConfiguration {
  /// How much memory one of its queues can take, in bytes.
  fileprivate var queueMemory: Int {
    let held = impair == nil ? 0 : HeldReplies<Never>.byteLimit
    guard transport == .udp else { return 4 * SpareBuffers.byteCount + held }
    let impaired = impair == nil ? 0 : ImpairedClients.memoryBytes
    let sessions = stamp?.isStateful == true ? StampSessions.memoryBytes : 0
    return ClientTable.memoryBytes + held + impaired + proxiedMemory + sessions
  }

  private var proxiedMemory: Int {
    guard proxyProtocol?.datagrams == .first else { return 0 }
    let keepsHeaders = Service.named(service)?.needs.contains(.delivery) == true
    return ProxiedClients.memoryBytes
      + (keepsHeaders ? ProxiedClients.capacity * ProxiedClients.keptHeaderBytes : 0)
  }
}
