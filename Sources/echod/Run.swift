import ArgumentParser
import EchoCore
import EchoServer
import Glibc
import Logging
import Sockets
import SystemPackage

/// `echod run`: the daemon, from its first signal to its last.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    // The manual's generator recognizes the default subcommand by an explicit name.
    commandName: "run",
    abstract: "Serve in the foreground until SIGTERM or SIGINT.",
    discussion: """
      This is what echod does without a subcommand. If a listener or the admin socket cannot be bound, echod does \
      not start, and names the socket, its address and the reason.
      """)

  @OptionGroup var options: FileOption

  /// Runs on the main thread, which then takes the signals. The daemon runs on other threads.
  func run() throws {
    LoggingSystem.bootstrap { _ in DaemonLogHandler(LogDestination.current.write) }
    let signals: Signals
    do throws(Errno) {
      signals = try Signals()
    } catch {
      throw Daemon.reportFailure("cannot handle signals: \(error)", ["errno": "\(error.rawValue)"])
    }
    let (daemon, configuration) = try Self.daemon(reading: ConfigurationFile(path: options.config))
    // Before the first thread starts: if none can be created, Dispatch waits forever.
    try daemon.startOrExit { () throws(StartError) in try daemon.checkSupply(for: configuration) }
    signals.hold()
    Task {
      do {
        try await daemon.run(configuration, controlledBy: signals)
        Self.exit()
      } catch {
        Self.exit(withError: error)
      }
    }
    signals.takeForever()
  }
}

extension Run {
  /// Takes what was passed, and reads the configuration. Only the daemon keeps what was passed, so that it is closed as
  /// soon as the daemon no longer needs it.
  private static func daemon(reading file: ConfigurationFile) throws -> (Daemon, Configuration) {
    let passed = ServiceManager.takePassed(logger: Logger(label: "echod"))
    let configuration = try CommandFailure.reported { () throws(CommandFailure) in
      try read(file, for: passed.restoration)
    } onFailure: {
      ServiceManager.failed($0.lines[0])
    }
    return (Daemon(file, passed), configuration)
  }

  /// Reads the configuration. If that fails, connections from before a restart wait in the descriptor store, and the
  /// exit status makes the service manager try again. If the service failed, it would close them.
  private static func read(
    _ file: ConfigurationFile, for restoration: Restoration
  ) throws(CommandFailure) -> Configuration {
    do throws(CommandFailure) {
      return try file.read()
    } catch {
      guard !restoration.isEmpty else { throw error }
      let hint = "the sockets and connections from before the restart wait until the configuration is valid"
      throw CommandFailure(lines: error.lines + [hint], status: .tryAgain)
    }
  }
}

/// A server with its configuration file, its log, and systemd as its manager.
private struct Daemon {
  /// The threads besides those of the server: the main thread, Dispatch's manager, one each for the queues of the
  /// signals and the notifications, and some for tasks.
  static let ownThreads = 8

  private let file: ConfigurationFile
  private let logger = Logger(label: "echod")
  private let server: EchoServer

  init(_ file: ConfigurationFile, _ passed: ServiceManager.Passed) {
    self.file = file
    CurrentProcess.returnLargeMemory()
    CurrentProcess.useOneArena()
    server = EchoServer(
      descriptorLimit: CurrentProcess.raiseDescriptorLimit(),
      openDescriptors: CurrentProcess.openDescriptors(),
      passed: passed.sockets,
      restoration: passed.restoration,
      store: ServiceManager.store(holding: passed.restoration.socketNumbers),
      logger: logger)
  }

  func run(_ configuration: Configuration, controlledBy signals: Signals) async throws {
    let delivery = signals.deliver()
    defer { delivery.cancel() }
    try await start(with: configuration)
    signals.noteStart()
    let watchdog = Task { await feedWatchdog() }
    let isRestart = await reload(untilStoppedBy: signals)
    await isRestart ? handOver(watchedBy: signals) : stop(watchedBy: signals)
    watchdog.cancel()
  }

  /// Checks that the process can have the descriptors and threads that a configuration needs.
  func checkSupply(for configuration: Configuration) throws(StartError) {
    try server.checkDescriptors(for: configuration)
    let needed = Self.ownThreads + configuration.threadsNeeded
    let bytes = configuration.memoryNeeded
    switch ThreadSupply.shortage(of: needed, withRoomFor: bytes) {
    case .threads(let possible, let error): throw .threads(needed: needed, possible: possible, error)
    case .memory(let error): throw .memory(mebibytes: bytes >> 20, error)
    case nil: break
    }
  }

  /// Runs a part of the start. Its error is reported and becomes an exit status.
  func startOrExit(_ body: () throws(StartError) -> Void) throws(ExitCode) {
    do throws(StartError) {
      try body()
    } catch {
      throw report(error)
    }
  }

  private func report(_ error: StartError) -> ExitCode { Self.reportFailure("\(error)", error.logMetadata) }

  /// Reports why the daemon cannot start, and returns the exit status.
  static func reportFailure(_ reason: String, _ metadata: Logger.Metadata) -> ExitCode {
    Logger(label: "echod").critical("cannot start: \(reason)", metadata: metadata)
    ServiceManager.failed(reason)
    return .systemRefused
  }

  private func start(with configuration: Configuration) async throws(ExitCode) {
    do throws(StartError) {
      try await server.apply(configuration)
    } catch {
      throw report(error)
    }
    do throws(Errno) {
      try RuntimeDirectory.own?.note(configuration: file.path)
    } catch {
      logger.warning(
        "cannot write to the runtime directory, so a reload of the service will fail: \(error)",
        metadata: ["errno": "\(error.rawValue)"])
    }
    logger.info("echod \(echodVersion) is ready", metadata: ["file": "\(file.path)"])
    ServiceManager.ready(await status())
  }

  private func feedWatchdog() async { await ServiceManager.feedWatchdog { await server.isResponsive() } }

  /// Returns after a signal to stop. The result is whether that is for a restart.
  private func reload(untilStoppedBy signals: Signals) async -> Bool {
    while true {
      switch await signals.next() {
      case .reload:
        await reload()
      case .stop(let name):
        logger.info("\(name): draining, then stopping", metadata: ["signal": "\(name)"])
        return false
      case .restart:
        logger.info("SIGUSR2: handing over to the next process", metadata: ["signal": "SIGUSR2"])
        return true
      }
    }
  }

  private func reload() async {
    ServiceManager.reloading()
    var logger = logger
    logger[metadataKey: "file"] = "\(file.path)"
    do {
      let configuration = try file.read(waiting: false)
      // The threads that are there are enough for what they serve now, even if no more can be created.
      let threads = await server.threadCount
      if configuration.threadsNeeded > threads { try checkSupply(for: configuration) }
      try await server.apply(configuration)
      logger.info("\(file.path) was read again; its configuration is in force")
      ServiceManager.ready(await status())
    } catch {
      let reasons = (error as? CommandFailure)?.lines ?? ["\(error)"]
      let metadata = (error as? StartError)?.logMetadata
      for reason in reasons { logger.error("\(reason)", metadata: metadata) }
      logger.error("the reload failed; the old configuration stays in force")
      ServiceManager.ready("The reload failed (\(reasons[0])). \(await status())")
    }
  }

  /// Drains and stops.
  private func stop(watchedBy signals: Signals) async {
    let drainSeconds = await server.drainSeconds
    signals.noteStop(drainSeconds: drainSeconds)
    ServiceManager.stopping("Draining.", drainSeconds: drainSeconds)
    await server.stop()
    logger.info("stopped")
  }

  /// Leaves everything to the next process.
  private func handOver(watchedBy signals: Signals) async {
    let drainSeconds = await server.drainSeconds
    signals.noteStop(drainSeconds: drainSeconds)
    ServiceManager.stopping("Handing over to the next process.", drainSeconds: drainSeconds)
    await server.handOver()
    logger.info("stopped")
  }

  private func status() async -> String {
    let count = await server.listenerCount
    let admin = await server.adminEndpoint.map { ", statistics on \($0)" } ?? ""
    let unserved = await server.unservedSockets.sentence.map { " \($0)" } ?? ""
    return "Serving \(count.counted("listener"))\(admin).\(unserved)"
  }
}
