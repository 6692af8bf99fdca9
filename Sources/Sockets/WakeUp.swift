import CLinux
import Glibc
public import SystemPackage

/// Makes a ``ReadinessSet`` ready from any thread. See eventfd(2).
public final class WakeUp: Sendable {
  /// The member to add to the set, for reading.
  public let descriptor: Descriptor

  /// Makes a wake-up that has not been signalled.
  public init() throws(Errno) {
    self.descriptor = Descriptor(owning: try SystemCall.retrying { clinux_eventfd() })
  }

  /// Makes the set ready until ``clear()``; many signals count as one.
  public func signal() {
    var one: UInt64 = 1
    // A full counter is the only failure, and then the set is ready already.
    _ = write(descriptor.number, &one, MemoryLayout<UInt64>.size)
  }

  /// Takes the signals back.
  public func clear() {
    var count: UInt64 = 0
    _ = read(descriptor.number, &count, MemoryLayout<UInt64>.size)
  }
}
