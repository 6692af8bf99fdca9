import ArgumentParser
import EchoCore
import Sockets

/// The program.
@main
enum Program {
  static func main() {
    Host.openStandardStreams()
    Echoc.main()
  }
}

/// The echo client's command line.
struct Echoc: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "echoc",
    abstract: "A client for echo servers on UDP and TCP.",
    discussion: """
      Exit status: 0 when all is well, 1 when a reply is missing (talk, ping) or wrong (bench), 2 when a ping was \
      answered wrongly or could not be sent, 64 for a wrong command line, 66 when standard input cannot be read, 71 \
      when a load could not be carried out.

      The manual has more: echoc(1).
      """,
    version: echodVersion,
    subcommands: [Talk.self, Ping.self, Bench.self])
}
