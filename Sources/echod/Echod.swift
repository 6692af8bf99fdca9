import ArgumentParser
import EchoCore

/// The echo daemon's command line.
@main
struct Echod: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "echod",
    abstract: "Answers on UDP and TCP: the echo daemon that one can leave running.",
    discussion: """
      Listeners come from a JSON file. Their services: \
      \(Service.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).

      SIGHUP reads the file again; SIGTERM and SIGINT let what was received go home and end echod.
      """,
    version: echodVersion,
    subcommands: [Run.self, Check.self, Show.self],
    defaultSubcommand: Run.self)
}

/// The option that every subcommand has.
struct FileOption: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The configuration to read.", valueName: "file"))
  var config = "/etc/echod/echod.json"
}

/// `echod check`.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads and checks the configuration and binds nothing.",
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
    abstract: "Prints the effective configuration, defaults filled in, as JSON.")

  @OptionGroup var file: FileOption

  func run() throws {
    print(try ConfigurationFile(path: file.config).readOrExit().json.text())
  }
}
