import CLinux
import Glibc
public import SystemPackage

/// The descriptors that a queue waits for. Reports are level-triggered, unless a member is ``Interest/edgeTriggered``.
/// See epoll(7).
public struct ReadinessSet: ~Copyable {
  /// What to wait for. Errors and hang-ups are always reported.
  public struct Interest: OptionSet, Sendable {
    /// The bits of epoll_ctl(2).
    public let rawValue: UInt32

    /// Makes an interest from the bits of epoll_ctl(2).
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bytes, a datagram, a connection or an end of file can be received.
    public static let readable = Interest(rawValue: UInt32(clinux_readable))
    /// Bytes can be sent.
    public static let writable = Interest(rawValue: UInt32(clinux_writable))

    /// A stream's peer has shut down its side. ``edgeTriggered`` members need it: an end that arrived before the last
    /// bytes were received is not reported again. See ``ReadinessSet/isEnded(at:)``.
    public static let end = Interest(rawValue: UInt32(clinux_end))

    /// Readiness is reported once, and again only when more arrives, when there is room after a call that would have
    /// blocked, or after ``ReadinessSet/modify(_:for:token:)``. This saves the kernel a check at each wait.
    public static let edgeTriggered = Interest(rawValue: UInt32(truncatingIfNeeded: clinux_edge_triggered))
  }

  /// How many ready members one wait reports at most; the next wait reports the others.
  public static let eventCapacity = 256

  private let descriptor: Descriptor
  private let events: UnsafeMutablePointer<clinux_event>

  /// Makes an empty set. See epoll_create1(2).
  public init() throws(Errno) {
    self.descriptor = Descriptor(owning: try SystemCall.retrying { clinux_epoll_create() })
    self.events = .allocate(capacity: Self.eventCapacity)
    events.initialize(repeating: clinux_event(), count: Self.eventCapacity)
  }

  deinit {
    events.deallocate()
  }

  /// The set's own descriptor number, for Dispatch: readable while any member is ready, and valid while the set exists.
  public var number: Int32 { descriptor.number }

  /// Adds a member; its token is reported with its readiness. See epoll_ctl(2).
  public func add(_ member: borrowing Descriptor, for interest: Interest, token: UInt64) throws(Errno) {
    let (set, number) = (descriptor.number, member.number)
    _ = try SystemCall.retrying { clinux_epoll_add(set, number, interest.rawValue, token) }
  }

  /// Changes a member's interest and token. See epoll_ctl(2).
  public func modify(_ member: borrowing Descriptor, for interest: Interest, token: UInt64) throws(Errno) {
    let (set, number) = (descriptor.number, member.number)
    _ = try SystemCall.retrying { clinux_epoll_modify(set, number, interest.rawValue, token) }
  }

  /// Removes a member. Closing its descriptor is not enough while a duplicate is open. See epoll(7).
  public func remove(_ member: borrowing Descriptor) throws(Errno) {
    let (set, number) = (descriptor.number, member.number)
    _ = try SystemCall.retrying { clinux_epoll_remove(set, number) }
  }

  /// Waits until a member is ready, and returns how many are: 0 after the timeout or a signal. See epoll_wait(2).
  public func wait(milliseconds: Int32) -> Int {
    // Apart from EINTR, only our own bugs make epoll_wait(2) fail.
    Int(max(0, clinux_epoll_wait(descriptor.number, events, Int32(Self.eventCapacity), milliseconds)))
  }

  /// As ``wait(milliseconds:)``, with the precision of the kernel's timers: see ``CurrentProcess/useExactTimers()``.
  /// See epoll_pwait2(2).
  public func wait(nanoseconds: Int64) -> Int {
    let count = clinux_epoll_wait_nanoseconds(
      descriptor.number, events, Int32(Self.eventCapacity), max(0, nanoseconds))
    precondition(count >= 0 || errno != ENOSYS, "epoll_pwait2(2) needs Linux 5.11")
    return Int(max(0, count))
  }

  /// The token of a member that the last wait reported, for `index` below its result.
  public func token(at index: Int) -> UInt64 {
    precondition(index < Self.eventCapacity)
    return events[index].token
  }

  /// Whether the last wait reported a member's ``Interest/end``; there may be bytes left to receive before it.
  public func isEnded(at index: Int) -> Bool {
    precondition(index < Self.eventCapacity)
    return events[index].readiness & UInt32(clinux_end) != 0
  }
}
