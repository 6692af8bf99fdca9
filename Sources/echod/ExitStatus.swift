import ArgumentParser
import CSystemd
import Glibc
import SystemPackage

/// The exit statuses of echod, of sysexits(3). A wrong command line is 64, by the argument parser.
enum ExitStatus {
  /// EX_NOINPUT: a file is not there, or an input cannot be read.
  static let noInput = ExitCode(66)
  /// EX_OSERR: the system refused.
  static let systemRefused = ExitCode(71)
  /// EX_CONFIG: the configuration is wrong, or does not fit the sockets that systemd passes.
  static let wrongConfiguration = ExitCode(78)
}

/// Says something on standard error, line by line. In the journal they are errors.
func complain(_ lines: [String]) {
  let priority = JournalStream.isStandardError ? SD_ERR : ""
  let text = lines.map { priority + $0 + "\n" }.joined()
  // What was printed before comes before it in a pipe too.
  fflush(nil)
  _ = try? FileDescriptor.standardError.writeAll(text.utf8)
}
