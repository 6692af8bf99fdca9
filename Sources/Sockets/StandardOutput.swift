import CLinux
import Glibc
import SystemPackage

/// Standard output as stdio writes it, for `print` and the argument parser. See stdio(3).
public enum StandardOutput {
  /// EX_IOERR of sysexits(3): the output cannot be written.
  public static let failureStatus: Int32 = 74

  /// Makes a successful exit(3) write the output first. If that fails, for example on a full disk, standard error gets
  /// one line, and the exit status is ``failureStatus``. If the reader has gone and SIGPIPE is ignored, the status is
  /// the same, but there is no line. An exit status other than 0 is not changed. Call it once, before anything is
  /// printed.
  ///
  /// - Parameters:
  ///   - program: the program's name, which begins the line.
  public static func checkAtExit(of program: String) {
    // The name is never freed, because the handler needs it at the very end. See on_exit(3).
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

  /// Writes what is buffered. Returns why that failed, or `nil`. The reason of an earlier failure may be lost; it is
  /// then EIO.
  private static func flushError() -> Errno? {
    if clinux_flush_output() != 0 { return Errno(rawValue: errno) }
    return clinux_output_failed() ? .ioError : nil
  }
}
