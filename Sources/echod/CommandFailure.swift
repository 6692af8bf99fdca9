import ArgumentParser
import CSystemd
import Glibc
import SystemPackage

/// Why a subcommand fails: lines for people, and an exit status.
struct CommandFailure: Error {
  let lines: [String]
  let status: ExitCode

  /// Runs the body; a failure is printed to standard error and ends the program with its status.
  static func reported<Result>(
    _ body: () throws(CommandFailure) -> Result, onFailure: (CommandFailure) -> Void = { _ in }
  ) throws(ExitCode) -> Result {
    do throws(CommandFailure) {
      return try body()
    } catch {
      onFailure(error)
      printError(error.lines)
      throw error.status
    }
  }
}

/// The exit statuses of echod, of sysexits(3). The argument parser ends with 64 for an invalid command line.
extension ExitCode {
  /// EX_NOINPUT: a file or the input cannot be read.
  static let noInput = ExitCode(66)
  /// EX_OSERR: the system refused.
  static let systemRefused = ExitCode(71)
  /// EX_TEMPFAIL: the configuration is wrong or cannot be read, and what the process before this one left waits in the
  /// store.
  static let tryAgain = ExitCode(75)
  /// EX_CONFIG: the configuration is wrong, or does not fit the sockets that systemd passes.
  static let wrongConfiguration = ExitCode(78)
}

/// Prints lines to standard error. The journal stores them as errors.
func printError(_ lines: [String]) {
  let priority = JournalStream.isStandardError ? SD_ERR : ""
  let text = lines.map { priority + $0 + "\n" }.joined()
  // In a pipe too, earlier output comes first.
  fflush(nil)
  _ = try? FileDescriptor.standardError.writeAll(text.utf8)
}
