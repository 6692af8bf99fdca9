import ArgumentParser
import EchoCore
import Glibc
import SystemPackage

/// `echod check`.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration without binding anything.",
    discussion: "Each problem is reported on its own line, and the exit status is then 78.")

  @OptionGroup var options: FileOption

  @Flag(
    help: ArgumentHelp(
      "Also compare systemd's sockets with the configuration.",
      discussion: """
        Reads the output of `systemctl show` for one or more socket units from standard input. \
        Lists each socket with the listener that would use it, and each listener that would have to bind its \
        address itself. \
        A socket that no listener would use is a problem.
        """))
  var activation = false

  @Flag(help: "Check the file that the running service reads, instead of --config.")
  var running = false

  func run() throws {
    try CommandFailure.reported { () throws(CommandFailure) in
      let service = RuntimeDirectory.own ?? .packaged
      let path = try running ? service.configuration() : options.config
      // A reload reads regular files only, so its check does too.
      let configuration = try ConfigurationFile(path: path).read(waiting: !running)
      print("\(path): ok")
      if activation { try compareSockets(with: configuration) }
    }
  }

  private func compareSockets(with configuration: Configuration) throws(CommandFailure) {
    let report = ActivationReport(of: try units(), in: configuration)
    for line in report.lines { print(line) }
    guard report.problems.isEmpty else {
      throw CommandFailure(lines: report.problems, status: .wrongConfiguration)
    }
  }

  private func units() throws(CommandFailure) -> SocketUnits {
    let reason: String
    if isatty(STDIN_FILENO) == 1 {
      reason = "a terminal; use `systemctl show echod.socket | echod check --activation`"
    } else {
      do {
        return try SocketUnits(FileDescriptor.standardInput.contents(upTo: Limits.socketUnitBytes))
      } catch {
        reason = "\(error)"
      }
    }
    throw CommandFailure(lines: ["standard input: \(reason)"], status: .noInput)
  }
}
