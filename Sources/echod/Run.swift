import ArgumentParser
import EchoCore
import EchoServer
import Glibc
import Logging
import Sockets
import SystemPackage

/// `echod run`: the daemon's life from its first signal to its last.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    // The name is given because what the manual is made from tells the default command only by a name that is.
    commandName: "run",
    abstract: "Serve in the foreground until SIGTERM or SIGINT.",
    discussion: """
      This is what echod does without a subcommand. When a listener or the admin socket cannot be bound nothing is \
      served; the message names it, its address and the reason.
      """)

  @OptionGroup var file: FileOption

  func run() async throws {
    LoggingSystem.bootstrap { _ in DaemonLogHandler(LogDestination.current.take) }
    let logger = Logger(label: "echod")
    let signals = Signals()
    await signals.begin()
    let file = ConfigurationFile(path: file.config)
    let configuration = try ConfigurationFile.Refusal.orExit { () throws(ConfigurationFile.Refusal) in
      do throws(ConfigurationFile.Refusal) {
        return try file.read()
      } catch {
        ServiceManager.failed(error.lines[0])
        throw error
      }
    }
    await signals.beginStops()

    Host.returnLargeMemory()
    let descriptorLimit = Host.raiseDescriptorLimit()
    let passed = ServiceManager.passedSockets(logger: logger)
    let server = EchoServer(descriptorLimit: descriptorLimit, passed: passed, logger: logger)
    try await start(server, with: configuration, logger)
    let watchdog = Task { await ServiceManager.keepWatchdogFed { await server.isResponsive() } }

    serving: while true {
      switch await signals.next() {
      case .reload:
        await reload(server, from: file, logger)
      case .stop(let name):
        logger.info(
          "\(name): what was received is answered, then echod ends", metadata: ["signal": "\(name)"])
        break serving
      }
    }
    await stop(server, unless: signals, logger)
    watchdog.cancel()
  }

  private func start(_ server: EchoServer, with configuration: Configuration, _ logger: Logger) async throws {
    do throws(StartError) {
      try await server.apply(configuration)
    } catch {
      logger.critical("nothing was started: \(error)", metadata: error.logMetadata)
      ServiceManager.failed("\(error)")
      throw ExitStatus.systemRefused
    }
    noteConfiguration(logger)
    logger.info("echod \(echodVersion) is ready", metadata: ["file": "\(file.config)"])
    ServiceManager.ready(await status(of: server))
  }

  private func noteConfiguration(_ logger: Logger) {
    do throws(Errno) {
      try RuntimeDirectory.own?.note(configuration: file.config)
    } catch {
      logger.warning(
        "cannot write to the runtime directory, so a reload of the service will fail: \(error)",
        metadata: ["errno": "\(error.rawValue)"])
    }
  }

  private func reload(_ server: EchoServer, from file: ConfigurationFile, _ logger: Logger) async {
    ServiceManager.reloading()
    var logger = logger
    logger[metadataKey: "file"] = "\(file.path)"
    do {
      try await server.apply(file.read(waiting: false))
      logger.info("\(file.path) was read again")
      ServiceManager.ready(await status(of: server))
    } catch {
      let reasons = (error as? ConfigurationFile.Refusal)?.lines ?? ["\(error)"]
      let metadata = (error as? StartError)?.logMetadata
      for reason in reasons { logger.error("\(reason)", metadata: metadata) }
      logger.error("the reload failed, the old configuration goes on")
      ServiceManager.ready("The reload failed (\(reasons[0])). \(await status(of: server))")
    }
  }

  /// A second signal to stop does not wait for what was received to be answered.
  private func stop(_ server: EchoServer, unless signals: Signals, _ logger: Logger) async {
    ServiceManager.stopping("Sending what was received.", drainSeconds: await server.drainSeconds)
    Task {
      while true {
        guard case .stop(let name) = await signals.next() else { continue }
        logger.warning("\(name) once more: what was left is dropped", metadata: ["signal": "\(name)"])
        Glibc.exit(0)
      }
    }
    await server.stop()
    logger.info("stopped")
  }

  private func status(of server: EchoServer) async -> String {
    let count = await server.listenerCount
    let admin = await server.adminEndpoint.map { ", figures on \($0)" } ?? ""
    let unserved = await server.unservedSockets.sentence.map { " \($0)" } ?? ""
    return "Serving \(count) listener\(count == 1 ? "" : "s")\(admin).\(unserved)"
  }
}
