import ArgumentParser
import SystemPackage

/// The exit statuses of echod, of sysexits(3). A wrong command line is 64, by the argument parser.
enum ExitStatus {
  /// EX_NOINPUT: a file is not there or cannot be read.
  static let noInput = ExitCode(66)
  /// EX_OSERR: the system refused.
  static let systemRefused = ExitCode(71)
  /// EX_CONFIG: the configuration is wrong.
  static let wrongConfiguration = ExitCode(78)
}

/// Says something on standard error, line by line.
func complain(_ lines: [String]) {
  let text = lines.map { $0 + "\n" }.joined()
  _ = try? FileDescriptor.standardError.writeAll(text.utf8)
}
