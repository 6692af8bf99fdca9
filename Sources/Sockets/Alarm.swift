import CLinux
public import SystemPackage

/// Makes a ``ReadinessSet`` ready at a time. See timerfd_create(2).
public struct Alarm: ~Copyable {
  /// Readable from the time on, until ``set(toMilliseconds:)`` is called again.
  public let descriptor: Descriptor

  /// Makes an alarm that is not set.
  public init() throws(Errno) {
    self.descriptor = Descriptor(owning: try SystemCall.retrying { clinux_timerfd_create() })
  }

  /// Sets it to a time of ``SystemClock/monotonicMilliseconds()``, which may have passed; `nil` for never. See
  /// timerfd_settime(2).
  public func set(toMilliseconds time: Int64?) {
    let number = descriptor.number
    // Only wrong arguments make this fail. 0 would mean never.
    _ = try? SystemCall.retrying { clinux_timerfd_settime(number, time.map { max(1, $0) } ?? 0) }
  }
}
