import CLinux
import Glibc
public import SystemPackage

/// Makes a ``ReadinessSet`` ready from any thread. See eventfd(2).
public final class WakeUp: Sendable {
  /// Readable from ``signal()`` until ``clear()``.
  public let descriptor: Descriptor

  /// The descriptor's number, for a Dispatch source. It is valid as long as the wake-up exists.
  public var number: Int32 { descriptor.number }

  /// Makes a wake-up that is not signalled.
  public init() throws(Errno) {
    self.descriptor = Descriptor(owning: try SystemCall.retrying { clinux_eventfd() })
  }

  /// Makes the set ready until ``clear()``. Several signals count as one.
  public func signal() {
    var one: UInt64 = 1
    // This fails only when the counter is full, and then the set is ready anyway.
    _ = write(descriptor.number, &one, MemoryLayout<UInt64>.size)
  }

  /// Clears all signals.
  public func clear() {
    var count: UInt64 = 0
    _ = read(descriptor.number, &count, MemoryLayout<UInt64>.size)
  }
}
