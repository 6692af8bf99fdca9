import ArgumentParser

/// The exit statuses of echoc besides 0 and 1. A wrong command line is 64, by the argument parser; see sysexits(3).
enum ExitStatus {
  /// What ping(8) has for an error other than silence.
  static let pingFailed = ExitCode(2)
  /// EX_NOINPUT: the input cannot be read.
  static let noInput = ExitCode(66)
  /// EX_OSERR: the system refused.
  static let systemRefused = ExitCode(71)
}
