import CLinux
import Glibc
import SystemPackage

/// What the program prints with stdio, as `print` and the argument parser do. See stdio(3).
public enum StandardOutput {
  /// EX_IOERR of sysexits(3): the output cannot be written.
  public static let failureStatus: Int32 = 74

  /// Makes a successful exit(3) write out the output first. If that fails, for example on a full disk, standard error
  /// gets one line and the exit status is ``failureStatus``. Where SIGPIPE is ignored, a reader that has gone gets the
  /// same status, but no line. Any other exit status stays as it is. Call it once, before anything is printed.
  ///
  /// - Parameters:
  ///   - program: the program's name, which begins the line.
  public static func checkAtExit(of program: String) {
    // Never freed: the handler needs it at the very end. See on_exit(3).
    on_exit(
      { status, name in
        guard status == EXIT_SUCCESS, let error = StandardOutput.flushError() else { return }
        if error != .brokenPipe, let name = name?.assumingMemoryBound(to: CChar.self) {
          let line = "\(String(cString: name)): cannot write to standard output: \(error)\n"
          _ = try? FileDescriptor.standardError.writeAll(line.utf8)
        }
        _exit(StandardOutput.failureStatus)
      }, strdup(program))
  }

  /// Writes out what is buffered. Returns why that failed, or `nil`. After an earlier failure the reason may be lost, and
  /// is then EIO.
  private static func flushError() -> Errno? {
    if clinux_flush_output() != 0 { return Errno(rawValue: errno) }
    return clinux_output_failed() ? .ioError : nil
  }
}
