import ArgumentParser
import EchoCore
import Sockets
import SystemPackage

/// The program and its command line.
@main
struct Echoc: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "echoc",
    abstract: "A client for echo servers on UDP and TCP.",
    discussion: """
      Exit status: 0 on success; 1 if a reply is missing (talk), no reply came (ping, identify, mtu), or a reply was wrong or \
      too much was lost (bench); 2 if a reply was wrong or nothing could be sent (ping, identify, mtu); 64 for an invalid command line; 66 if \
      standard input cannot be read; 71 if bench could not reach the server or got no reply; 74 if standard output \
      cannot be written.

      See echoc(1) for more.
      """,
    version: echodVersion,
    subcommands: [Talk.self, Ping.self, Bench.self, Identify.self, MTU.self])

  static func main() {
    CurrentProcess.openStandardStreams()
    // For the argument parser's output; the commands print with a ``Console``.
    StandardOutput.checkAtExit(of: "echoc")
    let arguments = ShortOptions.separated(CommandLine.arguments.dropFirst())
    if let problem = ForeignOptions.problem(in: arguments) {
      let text = "Error: \(problem)\n  See 'echoc ping --help' for more information.\n"
      _ = try? FileDescriptor.standardError.writeAll(text.utf8)
      exit(withError: ExitCode.validationFailure)
    }
    main(arguments)
  }
}

/// The exit statuses besides 0 and 1. The argument parser ends with 64 for an invalid command line; see sysexits(3).
enum ExitStatus {
  /// Of ping, identify and mtu: as ping(8) ends for errors other than a missing reply.
  static let otherFailure = ExitCode(2)
  /// EX_NOINPUT: the input cannot be read.
  static let noInput = ExitCode(66)
  /// EX_OSERR: the system refused.
  static let systemRefused = ExitCode(71)
  /// EX_IOERR: the output cannot be written.
  static let outputFailed = ExitCode(StandardOutput.failureStatus)
}
