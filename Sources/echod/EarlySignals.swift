import Glibc
import Synchronization

/// Handles signals until the configuration has been read, which can take forever: it may come from a pipe. There is
/// nothing to lose yet, so a signal to stop ends the process at once with success. The main thread is the only thread.
enum EarlySignals {
  /// The signals that control echod.
  static let numbers = [SIGHUP, SIGTERM, SIGINT, SIGUSR2]

  /// Whether echod ends with its terminal.
  private static let obeysTerminal = Atomic(false)
  /// Whether a signal to reload has come. It waits until there is something to reload.
  private static let reloadCame = Atomic(false)

  /// Begins to handle the signals. SIGPIPE is ignored from now on: sending to a client that has left is an error of
  /// that call.
  static func handle() -> ControllingTerminal {
    signal(SIGPIPE, SIG_IGN)
    let inherited = signal(SIGHUP, SIG_IGN)
    let terminal = ControllingTerminal(
      ignoresHangUp: unsafeBitCast(inherited, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self))
    // The first access to a static property can take a lock, which a handler must not.
    obeysTerminal.store(terminal.isObeyed, ordering: .sequentiallyConsistent)
    reloadCame.store(false, ordering: .sequentiallyConsistent)
    signal(SIGHUP) { _ in EarlySignals.hangUp() }
    for number in numbers where number != SIGHUP { signal(number) { _ in _exit(EXIT_SUCCESS) } }
    return terminal
  }

  /// Stops handling the signals. From now on the kernel keeps them until the main thread asks for them. Returns whether
  /// a signal to reload has come. See sigtimedwait(2).
  static func hold(_ signals: inout sigset_t) -> Bool {
    // New threads inherit the mask.
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    for number in numbers { signal(number, SIG_DFL) }
    return reloadCame.load(ordering: .sequentiallyConsistent)
  }

  /// Runs in the signal's handler: see signal-safety(7).
  private static func hangUp() {
    let error = errno
    if obeysTerminal.load(ordering: .sequentiallyConsistent), ControllingTerminal.isMissing {
      _exit(EXIT_SUCCESS)
    }
    reloadCame.store(true, ordering: .sequentiallyConsistent)
    errno = error
  }
}
