import CLinux
import Glibc
public import SystemPackage

/// Turns SIGINT (Ctrl-C) into readiness that a ``ReadinessSet`` reports, instead of the end of the process.
/// For single-threaded programs. See signalfd(2).
public struct Interrupt: ~Copyable, Sendable {
  /// Readable when the signal has arrived.
  public let descriptor: Descriptor

  /// Blocks the signal and begins to receive it here.
  public init() throws(Errno) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    descriptor = Descriptor(owning: try SystemCall.retrying { clinux_signalfd(SIGINT) })
  }

  /// Consumes a pending signal; `false` if there is none.
  public func take() -> Bool {
    var information = [UInt8](repeating: 0, count: 128)  // struct signalfd_siginfo
    return read(descriptor.number, &information, information.count) > 0
  }
}
