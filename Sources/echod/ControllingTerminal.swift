import Glibc

/// The terminal that echod was started on, if there is one. When it goes away, as when its window is closed, the kernel
/// or the shell sends SIGHUP, which a service gets to reload instead. See setsid(2) and tty(4).
struct ControllingTerminal {
  /// Whether echod ends with it: there is one, and the end was not ruled out, as by nohup(1).
  let isObeyed: Bool

  /// Looks for it.
  init(ignoresHangUp: Bool) {
    isObeyed = !ignoresHangUp && !Self.isMissing
  }

  /// Whether it has gone away. The kernel takes it from its processes before it sends the signal.
  var isGone: Bool { isObeyed && Self.isMissing }

  /// Whether there is none. Other errors, such as a shortage of descriptors, prove nothing. Signal handlers may call
  /// it.
  static var isMissing: Bool {
    let number = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    if number >= 0 { close(number) }
    return number < 0 && (errno == ENXIO || errno == EIO || errno == ENOENT)
  }
}
