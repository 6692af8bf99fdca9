import CLinux
import Glibc
public import SystemPackage

/// Takes over SIGINT (Ctrl-C) and SIGTERM, so that the first one ends a program cleanly. A second one ends the process
/// at once, by its default action.
///
/// timeout(1), like other programs that pass signals on, sends its signal to the process and to its group: the same
/// signal again within a tenth of a second is not a second one. For single-threaded programs.
public struct Interrupt: ~Copyable, Sendable {
  /// Readable when the first signal has arrived.
  public let descriptor: Descriptor

  /// Begins to receive the first signal here, instead of ``endProcess(printing:complaint:status:unwritten:)``.
  ///
  /// With `patienceSeconds`, a program that has not ended so long after the first signal ends with
  /// ``StandardOutput/failureStatus``, after `stalled` was printed on standard error. This is for a program that
  /// then waits only for the reader of a full pipe.
  public init(patienceSeconds: UInt32 = 0, stalled: StaticString = "") throws(Errno) {
    descriptor = Descriptor(owning: try SystemCall.retrying { clinux_eventfd() })
    if patienceSeconds > 0 { SignalHandler.setPatience(seconds: patienceSeconds, stalled) }
    SignalHandler.event.store(descriptor.number, ordering: .sequentiallyConsistent)
    SignalHandler.install()
  }

  /// The program is about to end: from now on the first signal does nothing.
  deinit {
    SignalHandler.end(with: nil)
    SignalHandler.event.store(-1, ordering: .sequentiallyConsistent)
  }

  /// Consumes the first signal; `false` if there is none.
  public func take() -> Bool {
    var count: UInt64 = 0
    return read(descriptor.number, &count, MemoryLayout<UInt64>.size) > 0
  }

  /// Makes the first signal end the process with a status, after it has printed this text on standard output and standard
  /// error. If standard output cannot be written, standard error gets `unwritten` instead, and the status is
  /// ``StandardOutput/failureStatus``. For preparations with calls that cannot wait for a signal too, such as
  /// getaddrinfo(3).
  public static func endProcess(
    printing output: String, complaint: String, status: Int32, unwritten: String = ""
  ) {
    SignalHandler.end(
      with: SignalHandler.Ending(output: output, errors: complaint, status: status, unwritten: unwritten))
    SignalHandler.install()
  }
}
