import Glibc

/// Standard error, for text that can be omitted.
public enum StandardError {
  /// Whether it is a terminal on which a line can be rewritten: TERM has a value, and it is not `dumb`. See isatty(3) and
  /// term(7).
  public static var isRewritable: Bool {
    guard isatty(STDERR_FILENO) == 1, let kind = getenv("TERM").map({ String(cString: $0) }) else {
      return false
    }
    return !kind.isEmpty && kind != "dumb"
  }

  /// Writes a text with one call if there is room for it now; `false` otherwise, for example after Ctrl-S.
  public static func writeAtOnce(_ text: String) -> Bool {
    var request = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&request, 1, 0) == 1, request.revents & Int16(POLLOUT) != 0 else { return false }
    var text = text
    return text.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) == $0.count }
  }
}
