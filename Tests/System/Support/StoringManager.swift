import Dispatch
import Glibc
import TestSupport

/// A service manager for one echod, in place of systemd: it reads the messages, keeps the descriptor store, and starts
/// one echod after another with what is in it. See sd_notify(3) and sd_listen_fds(3).
actor StoringManager {
  /// The file that each echod reads.
  nonisolated let configurationPath: String
  private nonisolated let owner = QueueOwner(label: "manager")
  private nonisolated let address: String
  private nonisolated let socket: PlainSocket
  private var source: (any DispatchSourceRead)?
  private var isFrozen = false
  private var store: StoredDescriptors
  private var received: [[String]] = []
  /// The sockets of a .socket unit, which are passed before those of the store.
  private var unitSockets: [(name: String, socket: PlainSocket)] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { owner.asUnownedSerialExecutor() }

  private init(_ configurationPath: String, maximum: Int) throws {
    self.configurationPath = configurationPath
    address = "/tmp/echod-manager-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    socket = try PlainSocket(hearingAtUnixPath: address)
    store = StoredDescriptors(maximum: maximum)
  }

  /// Makes a manager for as long as the body runs, and a file with the configuration.
  ///
  /// - Parameters:
  ///   - maximum: as FileDescriptorStoreMax=.
  static func with<Result>(
    _ configuration: String, maximum: Int = 100, _ body: (StoringManager) async throws -> Result
  ) async throws -> Result {
    try await TemporaryFile.with(configuration) { path in
      let manager = try StoringManager(path, maximum: maximum)
      manager.begin()
      defer { manager.end() }
      return try await body(manager)
    }
  }

  /// Writes another configuration, for the next start or reload.
  nonisolated func configure(_ text: String) throws { try TemporaryFile.write(text, to: configurationPath) }

  /// The messages so far, each with its lines.
  nonisolated var messages: [[String]] { here { $0.received } }

  /// The names in the store, as often as there are descriptors under them, in alphabetical order.
  nonisolated var names: [String] { here { $0.store.names.sorted() } }

  /// What is stored under a name.
  nonisolated subscript(name: String) -> [StoredDescriptor] { here { $0.store[name] } }

  /// Changes what is in the store behind echod's back.
  nonisolated func change(_ body: @Sendable (inout StoredDescriptors) throws -> Void) rethrows {
    try here { try body(&$0.store) }
  }

  /// Passes a bound socket to each echod from now on, as a .socket unit does. A TCP socket has to listen.
  nonisolated func pass(_ socket: PlainSocket, as name: String) {
    here { $0.unitSockets.append((name, socket)) }
  }

  /// Reads no more messages, and lets no more of them arrive if it is to be full.
  nonisolated func freeze(full: Bool = false) throws {
    try here {
      if !$0.isFrozen { $0.source?.suspend() }
      $0.isFrozen = true
      if full { try NotifyFiller.fill($0.address) }
    }
  }

  /// Reads the messages again.
  nonisolated func thaw() {
    here {
      if $0.isFrozen { $0.source?.resume() }
      $0.isFrozen = false
    }
  }

  /// What the next echod gets: the environment of a service, and the descriptors, which the receiver has to close.
  nonisolated func takeStart() -> (environment: [String: String], descriptors: [Int32]) {
    here { manager in
      let units = manager.unitSockets.map { ($0.name, $0.socket.number) }
      let passed = units + manager.store.all.map { ($0.name, $0.number) }
      var environment = ["NOTIFY_SOCKET": manager.address]
      if !passed.isEmpty {
        environment["LISTEN_FDS"] = "\(passed.count)"
        environment["LISTEN_FDNAMES"] = passed.map(\.0).joined(separator: ":")
      }
      return (environment, passed.map { fcntl($0.1, F_DUPFD_CLOEXEC, 3) })
    }
  }

  /// Runs the body after everything that has arrived was read: Dispatch may be late to say that something has.
  private nonisolated func here<Result: Sendable>(
    _ body: @Sendable (isolated StoringManager) throws -> Result
  ) rethrows -> Result {
    try owner.sync {
      try assumeIsolated { manager in
        manager.read()
        return try body(manager)
      }
    }
  }

  private nonisolated func begin() {
    here { manager in
      let source = manager.owner.whenReadable(manager.socket.number) { [weak manager] in
        manager?.assumeIsolated { $0.read() }
      }
      let socket = manager.socket
      // Until then Dispatch looks at the descriptor.
      source.setCancelHandler { withExtendedLifetime(socket) {} }
      source.resume()
      manager.source = source
    }
  }

  private nonisolated func end() {
    thaw()
    here {
      $0.source?.cancel()
      $0.source = nil
      $0.store.removeAll()
    }
    unlink(address)
  }

  private func read() {
    while !isFrozen, let message = NotifyMessage(from: socket.number) {
      guard message.lines != NotifyFiller.lines else { continue }
      received.append(message.lines)
      // This closes the descriptor of a barrier too.
      store.take(message.lines, message.descriptors)
    }
  }
}
