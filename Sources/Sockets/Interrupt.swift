import CLinux
import Glibc
public import SystemPackage

/// SIGINT, which Ctrl-C sends, as something that a ``ReadinessSet`` reports: it no longer ends the process.
/// For programs with one thread. See signalfd(2).
public struct Interrupt: ~Copyable, Sendable {
  /// The member to add to the set, for reading.
  public let descriptor: Descriptor

  /// Takes the signal over.
  public init() throws(Errno) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    descriptor = Descriptor(owning: try SystemCall.retrying { clinux_signalfd(SIGINT) })
  }

  /// Takes the signal that made the set ready; `false` when none came.
  public func take() -> Bool {
    var information = [UInt8](repeating: 0, count: 128)  // struct signalfd_siginfo
    return read(descriptor.number, &information, information.count) > 0
  }
}
