import CLinux
import Glibc
public import SystemPackage

/// The descriptors that a queue waits for. A descriptor is reported as long as it is ready, unless it is
/// ``Interest/edgeTriggered``. See epoll(7).
public struct ReadinessSet: ~Copyable {
  /// What a descriptor is waited for. Errors and hang-ups are always reported.
  public struct Interest: OptionSet, Sendable {
    /// The bits of epoll_ctl(2).
    public let rawValue: UInt32

    /// Makes an interest of the bits of epoll_ctl(2).
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Bytes, a datagram, a connection or an end of file can be taken.
    public static let readable = Interest(rawValue: UInt32(clinux_readable))
    /// Bytes can be sent.
    public static let writable = Interest(rawValue: UInt32(clinux_writable))

    /// A stream's peer sends no more. Asked for by those that are ``edgeTriggered``: an end that was there before the last
    /// bytes were taken is not reported again. See ``ReadinessSet/isEnded(at:)``.
    public static let end = Interest(rawValue: UInt32(clinux_end))

    /// It is reported when it becomes ready, and again only when more comes, when there is room after a call that would
    /// have blocked, or after ``ReadinessSet/modify(_:for:token:)``. That spares the kernel a look at each wait.
    public static let edgeTriggered = Interest(rawValue: UInt32(truncatingIfNeeded: clinux_edge_triggered))
  }

  /// How many ready descriptors one wait reports at the most; the others are reported by the next.
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

  /// The set's own number, readable when anything in the set is ready: for Dispatch to watch while the set lives.
  public var number: Int32 { descriptor.number }

  /// Adds a descriptor; its token is reported with its readiness. See epoll_ctl(2).
  public func add(_ member: borrowing Descriptor, for interest: Interest, token: UInt64) throws(Errno) {
    let (set, number) = (descriptor.number, member.number)
    _ = try SystemCall.retrying { clinux_epoll_add(set, number, interest.rawValue, token) }
  }

  /// Changes what a member is waited for. See epoll_ctl(2).
  public func modify(_ member: borrowing Descriptor, for interest: Interest, token: UInt64) throws(Errno) {
    let (set, number) = (descriptor.number, member.number)
    _ = try SystemCall.retrying { clinux_epoll_modify(set, number, interest.rawValue, token) }
  }

  /// Takes a member out. Closing its descriptor is not enough where a duplicate of it is still open. See epoll(7).
  public func remove(_ member: borrowing Descriptor) throws(Errno) {
    let (set, number) = (descriptor.number, member.number)
    _ = try SystemCall.retrying { clinux_epoll_remove(set, number) }
  }

  /// Waits until a member is ready or the time is over, and returns how many are: none after the time or a signal.
  /// See epoll_wait(2).
  public func wait(milliseconds: Int32) -> Int {
    // Besides EINTR only defects of ours make epoll_wait(2) fail; no time is lost by coming back empty-handed.
    Int(max(0, clinux_epoll_wait(descriptor.number, events, Int32(Self.eventCapacity), milliseconds)))
  }

  /// As ``wait(milliseconds:)``, to the nanosecond as far as the kernel's timers are: see ``Host/useExactTimers()``.
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

  /// Whether a member that the last wait reported has come to an ``Interest/end`` behind what can still be taken.
  public func isEnded(at index: Int) -> Bool {
    precondition(index < Self.eventCapacity)
    return events[index].readiness & UInt32(clinux_end) != 0
  }
}
