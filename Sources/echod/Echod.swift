import ArgumentParser
import EchoCore
import Glibc
import Sockets

/// The program.
@main
enum Program {
  /// Not async: only `echod run` needs more than this thread.
  static func main() {
    CurrentProcess.openStandardStreams()
    StandardOutput.checkAtExit(of: "echod")
    requireArguments()
    silenceDispatch()
    Echod.main()
  }

  /// Swift reads the command line from /proc. Without /proc, in a chroot for example, `echod check` would be `echod`.
  private static func requireArguments() {
    guard CommandLine.arguments.isEmpty else { return }
    printError(["echod: cannot read the command line, because /proc is not mounted"])
    exit(ExitCode.systemRefused.rawValue)
  }

  /// Keeps Dispatch from writing to the system's log. Where threads may not raise their priority, as in the service's
  /// sandbox, it would log a message for each thread, some every second. Set the variable to see them.
  private static func silenceDispatch() {
    setenv("LIBDISPATCH_LOG", "NO", 0)
  }
}

/// The echo daemon's command line.
struct Echod: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "echod",
    abstract: "An echo daemon for UDP and TCP.",
    usage: "echod [<subcommand>] [--config <file>]",
    discussion: """
      Serves the listeners in its configuration, a JSON file. The services are: \
      \(Service.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).

      SIGHUP reloads the configuration. SIGTERM and SIGINT stop echod after it has answered everything it received. \
      SIGUSR2 ends echod for a restart: systemd keeps its sockets and connections for the next process.

      Exit status: 0 on success or when stopped by a signal, 64 for an invalid command line, 66 if the configuration \
      or standard input cannot be read, 71 if the system refuses a socket or a limit on descriptors or threads is too \
      low, 74 if standard output cannot be written, 75 if the configuration is invalid or cannot be read at a restart, \
      while systemd keeps clients, 78 for an invalid configuration, or if `check --activation` finds a socket that \
      would not be served.

      For more, see echod(8) and echod.json(5).
      """,
    version: echodVersion,
    subcommands: [Run.self, Check.self, Show.self],
    defaultSubcommand: Run.self)

  // Otherwise the completions would offer --config only after `run`.
  @OptionGroup var options: FileOption
}

/// The option of the program and of every subcommand.
struct FileOption: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("The configuration to read.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var config = "/etc/echod/echod.json"
}

/// `echod show`.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the configuration as JSON, with all defaults.",
    discussion: "The output is itself a configuration.")

  @OptionGroup var options: FileOption

  func run() throws {
    try CommandFailure.reported { () throws(CommandFailure) in
      print(try ConfigurationFile(path: options.config).read().json.text())
    }
  }
}
