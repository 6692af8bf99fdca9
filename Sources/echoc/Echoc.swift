import ArgumentParser
import EchoCore

/// The echo client's command line.
@main
struct Echoc: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "echoc",
    abstract: "Talks to an echo server over UDP and TCP.",
    version: echodVersion,
    subcommands: [Talk.self])
}
