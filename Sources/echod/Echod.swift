import ArgumentParser
import Dispatch
import EchoCore
import Glibc
import Sockets

/// The program.
@main
enum Program {
  /// A task's first step has Dispatch open descriptors: what comes before that comes here.
  static func main() {
    Host.openStandardStreams()
    refuseLostArguments()
    silenceDispatch()
    Task {
      await Echod.main()
      exit(EXIT_SUCCESS)
    }
    dispatchMain()
  }

  /// Swift reads the command line from /proc. Without it, in a chroot for example, `echod check` would be `echod`.
  private static func refuseLostArguments() {
    guard CommandLine.arguments.isEmpty else { return }
    complain(["echod: cannot read the command line, because /proc is not mounted"])
    exit(ExitStatus.systemRefused.rawValue)
  }

  /// Keeps Dispatch from writing to the system's log: where a thread may not raise its priority, as in the service's
  /// sandbox, it would complain of each thread that it starts, some every second. To see those messages, set
  /// the variable.
  private static func silenceDispatch() {
    setenv("LIBDISPATCH_LOG", "NO", 0)
  }
}

/// The echo daemon's command line.
struct Echod: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "echod",
    abstract: "An echo daemon for UDP and TCP.",
    usage: "echod [<subcommand>] [--config <file>]",
    discussion: """
      It serves the listeners that its configuration, a JSON file, lists. Their services: \
      \(Service.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).

      SIGHUP reads the configuration again. SIGTERM and SIGINT answer what was received, then end echod.

      Exit status: 0 on success and after a signal to stop, 64 for a wrong command line, 66 when the configuration \
      or the input cannot be read, 71 when the system refuses a socket, 78 for a wrong configuration, or when \
      `check --activation` finds a socket that would not be served.

      The manual has more: echod(8) and echod.json(5).
      """,
    version: echodVersion,
    subcommands: [Run.self, Check.self, Show.self],
    defaultSubcommand: Run.self)

  // The completions know the options of `run` only where `run` is written.
  @OptionGroup var file: FileOption
}

/// The option that the program and every subcommand has.
struct FileOption: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("The configuration to read.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var config = "/etc/echod/echod.json"
}

/// `echod show`.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the configuration as JSON, defaults filled in.",
    discussion: "What it prints is a configuration itself.")

  @OptionGroup var file: FileOption

  func run() throws {
    try ConfigurationFile.Refusal.orExit { () throws(ConfigurationFile.Refusal) in
      print(try ConfigurationFile(path: file.config).read().json.text())
    }
  }
}
