import CLinux
import Glibc
public import SystemPackage

/// Takes over SIGQUIT (Ctrl-\), with which ping(8) shows its figures so far. The signal is only queued, so it interrupts
/// no call. For single-threaded programs. See signalfd(2).
public struct FiguresRequest: ~Copyable, Sendable {
  /// Readable when the signal has arrived.
  public let descriptor: Descriptor

  /// Begins to take the signal, even if the process inherited that it is ignored.
  public init() throws(Errno) {
    var signals = Self.signals
    signal(SIGQUIT, SIG_DFL)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    descriptor = Descriptor(owning: try SystemCall.retrying { clinux_signalfd(&signals) })
  }

  /// Restores the signal's action.
  deinit {
    _ = take()
    var signals = Self.signals
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Consumes the signal, however often it arrived; returns `false` if it did not.
  public func take() -> Bool {
    withUnsafeTemporaryAllocation(byteCount: Self.informationBytes, alignment: 8) { room in
      read(descriptor.number, room.baseAddress, room.count) > 0
    }
  }

  /// The size of struct signalfd_siginfo.
  private static let informationBytes = 128

  private static var signals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGQUIT)
    return signals
  }
}
