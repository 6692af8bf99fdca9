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
    Task {
      await Echod.main()
      exit(EXIT_SUCCESS)
    }
    dispatchMain()
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

      SIGHUP reads the configuration again. SIGTERM and SIGINT let what was received go home and end echod.

      Exit status: 0 on success and after a signal to stop, 64 for a wrong command line, 66 when the configuration \
      cannot be read, 71 when the system refuses a socket, 78 for a wrong configuration.

      The manual has more: echod(8) and echod.json(5).
      """,
    version: echodVersion,
    subcommands: [Run.self, Check.self, Show.self],
    defaultSubcommand: Run.self)
}

/// The option that every subcommand has.
struct FileOption: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("The configuration to read.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var config = "/etc/echod/echod.json"
}

/// `echod check`.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration; bind nothing.",
    discussion: "Every problem is told on a line of its own; the exit status is then 78.")

  @OptionGroup var file: FileOption

  func run() throws {
    _ = try ConfigurationFile(path: file.config).readOrExit()
    print("\(file.config): ok")
  }
}

/// `echod show`.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the configuration as JSON, defaults filled in.",
    discussion: "What it prints is a configuration itself.")

  @OptionGroup var file: FileOption

  func run() throws {
    print(try ConfigurationFile(path: file.config).readOrExit().json.text())
  }
}
