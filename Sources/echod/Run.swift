import ArgumentParser
import EchoCore
import EchoServer
import Glibc
import Logging
import Sockets
import SystemPackage

/// `echod run`: the daemon, from its first signal to its last.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    // The manual's generator recognizes the default subcommand by an explicit name.
    commandName: "run",
    abstract: "Serve in the foreground until SIGTERM or SIGINT.",
    discussion: """
      This is what echod does without a subcommand. If a listener or the admin socket cannot be bound, echod does \
      not start, and names the socket, its address and the reason.
      """)

  @OptionGroup var options: FileOption

  func run() async throws {
    LoggingSystem.bootstrap { _ in DaemonLogHandler(LogDestination.current.write) }
    let signals = Signals()
    await signals.handleReloads()
    let file = ConfigurationFile(path: options.config)
    let configuration = try CommandFailure.reported { () throws(CommandFailure) in
      try file.read()
    } onFailure: {
      ServiceManager.failed($0.lines[0])
    }
    await signals.handleStops()

    let daemon = Daemon(file)
    try await daemon.start(with: configuration)
    let watchdog = Task { await daemon.feedWatchdog() }
    await daemon.reload(untilStoppedBy: signals)
    await daemon.stop(interruptedBy: signals)
    watchdog.cancel()
  }
}

/// A server with its configuration file, its log, and systemd as its manager.
private struct Daemon {
  private let file: ConfigurationFile
  private let logger = Logger(label: "echod")
  private let server: EchoServer

  init(_ file: ConfigurationFile) {
    self.file = file
    CurrentProcess.returnLargeMemory()
    server = EchoServer(
      descriptorLimit: CurrentProcess.raiseDescriptorLimit(),
      passed: ServiceManager.passedSockets(logger: logger),
      logger: logger)
  }

  func start(with configuration: Configuration) async throws(ExitCode) {
    do throws(StartError) {
      try await server.apply(configuration)
    } catch {
      logger.critical("cannot start: \(error)", metadata: error.logMetadata)
      ServiceManager.failed("\(error)")
      throw .systemRefused
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

  func feedWatchdog() async { await ServiceManager.feedWatchdog { await server.isResponsive() } }

  /// Returns after a signal to stop.
  func reload(untilStoppedBy signals: Signals) async {
    while true {
      switch await signals.next() {
      case .reload:
        await reload()
      case .stop(let name):
        logger.info("\(name): draining, then stopping", metadata: ["signal": "\(name)"])
        return
      }
    }
  }

  private func reload() async {
    ServiceManager.reloading()
    var logger = logger
    logger[metadataKey: "file"] = "\(file.path)"
    do {
      try await server.apply(file.read(waiting: false))
      logger.info("reloaded \(file.path)")
      ServiceManager.ready(await status())
    } catch {
      let reasons = (error as? CommandFailure)?.lines ?? ["\(error)"]
      let metadata = (error as? StartError)?.logMetadata
      for reason in reasons { logger.error("\(reason)", metadata: metadata) }
      logger.error("the reload failed; the old configuration stays in force")
      ServiceManager.ready("The reload failed (\(reasons[0])). \(await status())")
    }
  }

  /// Drains and stops. Another signal to stop ends the process without waiting for the drain.
  func stop(interruptedBy signals: Signals) async {
    ServiceManager.stopping(drainSeconds: await server.drainSeconds)
    Task {
      while true {
        guard case .stop(let name) = await signals.next() else { continue }
        logger.warning("\(name) during the drain: stopping at once", metadata: ["signal": "\(name)"])
        Glibc.exit(0)
      }
    }
    await server.stop()
    logger.info("stopped")
  }

  private func status() async -> String {
    let count = await server.listenerCount
    let admin = await server.adminEndpoint.map { ", statistics on \($0)" } ?? ""
    let unserved = await server.unservedSockets.sentence.map { " \($0)" } ?? ""
    return "Serving \(count) listener\(count == 1 ? "" : "s")\(admin).\(unserved)"
  }
}
