import CLinux
import Glibc

/// The terminal that standard output is on.
public enum Terminal {
  /// How wide it is, in columns; `nil` if standard output is not a terminal, or one of unknown width. See ioctl_tty(2).
  public static func columns() -> Int? {
    let columns = clinux_columns(STDOUT_FILENO)
    return columns > 0 ? Int(columns) : nil
  }
}
